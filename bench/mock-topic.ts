/** What SNS answers to `PublishBatch`, in its query protocol. @throws Error for any other operation */
export const answerTopic = (_: string, body: string): string => {
  const form = new URLSearchParams(body)
  if (form.get('Action') !== 'PublishBatch')
    throw new Error(`Cannot answer as the topic: found ${form.get('Action')}, wanted PublishBatch`)
  const ids = [...form].flatMap(([name, value]) =>
    /^PublishBatchRequestEntries\.member\.\d+\.Id$/.test(name) ? [value] : [],
  )
  const members = ids.map(
    (id) => `<member><Id>${id}</Id><MessageId>00000000-0000-4000-8000-000000000000</MessageId></member>`,
  )
  return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Failed/><Successful>${members.join('')}</Successful></PublishBatchResult><ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></PublishBatchResponse>`
}
