import type { PublishBatchCommandInput } from '@aws-sdk/client-sns'

/**
 * The input of a `PublishBatch` request in SNS's query protocol, in which a list's members are `<list>.member.<n>` and a
 * map's `<map>.entry.<n>.Name` and `….Value`.
 */
export const toPublishBatch = (body: string): PublishBatchCommandInput => {
  const form = new URLSearchParams(body)
  const ofEntry = (n: number, name: string) => form.get(`PublishBatchRequestEntries.member.${n}.${name}`) ?? undefined
  const entries: NonNullable<PublishBatchCommandInput['PublishBatchRequestEntries']> = []
  for (let n = 1; ofEntry(n, 'Id') !== undefined; n++) {
    const attributes: [string, { DataType: string | undefined; StringValue: string | undefined }][] = []
    for (let m = 1; ; m++) {
      const name = ofEntry(n, `MessageAttributes.entry.${m}.Name`)
      if (name === undefined) break
      const ofValue = (member: string) => ofEntry(n, `MessageAttributes.entry.${m}.Value.${member}`)
      attributes.push([name, { DataType: ofValue('DataType'), StringValue: ofValue('StringValue') }])
    }
    entries.push({
      Id: ofEntry(n, 'Id'),
      Message: ofEntry(n, 'Message'),
      MessageAttributes: Object.fromEntries(attributes),
    })
  }
  return { TopicArn: form.get('TopicArn') ?? undefined, PublishBatchRequestEntries: entries }
}
