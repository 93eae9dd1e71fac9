import { createHash } from 'node:crypto'
import * as v from 'valibot'

const Message = v.object({
  MessageBody: v.string(),
  MessageAttributes: v.optional(v.record(v.string(), v.object({ DataType: v.string(), StringValue: v.string() })), {}),
})

type Attributes = v.InferOutput<typeof Message>['MessageAttributes']

/** What SQS answers to `SendMessage`: the clients compare the digests. @throws Error for any other operation */
export const answerQueue = (operation: string, body: string): string => {
  if (operation !== 'SendMessage') throw new Error(`Cannot answer as the queue: found ${operation}, wanted SendMessage`)
  const { MessageBody, MessageAttributes } = v.parse(Message, JSON.parse(body))
  return JSON.stringify({
    MessageId: '00000000-0000-4000-8000-000000000000',
    MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    ...(Object.keys(MessageAttributes).length > 0 && { MD5OfMessageAttributes: digestOf(MessageAttributes) }),
  })
}

/** As documented for SQS: by name; name, type and value each behind its length in 4 bytes; a 1 before a text. */
const digestOf = (attributes: Attributes): string => {
  const md5 = createHash('md5')
  const add = (text: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(text))
    md5.update(length).update(text)
  }
  for (const [name, { DataType, StringValue }] of Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(name)
    add(DataType)
    md5.update(Uint8Array.of(1))
    add(StringValue)
  }
  return md5.digest('hex')
}
