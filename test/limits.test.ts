import { expect, test } from 'vitest'
import { brokenLimits } from './limits.ts'

const attribute = (StringValue: string) => ({ DataType: 'String', StringValue })
const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, attribute('x')]))
const values = (Item: object) => ({ Item: { id: { S: 'x' }, ...Item } })
const publish = (...entries: object[]) => ({ PublishBatchRequestEntries: entries })
const filter = (FilterPolicy: object) => ({ Attributes: { FilterPolicy: JSON.stringify(FilterPolicy) } })
const text = 'text without U+FFFE, U+FFFF and control characters'
const few = 'attributes: 10, none empty, the same characters'
const key = 'index key of 1 to 1,024 bytes'

test.each<[command: string, input: object, broken: readonly string[]]>([
  ['UpdateItemCommand', { UpdateExpression: 'x'.repeat(4096) }, []],
  ['UpdateItemCommand', { UpdateExpression: 'x'.repeat(4097) }, ['update expression of 4 KB']],
  ['UpdateItemCommand', { UpdateExpression: '', ExpressionAttributeValues: { ':listedAt': { S: '' } } }, [key]],
  ['PutItemCommand', values({ listing: { S: 'x'.repeat(1024) }, body: { S: '' }, expiresAt: { N: '1' } }), []],
  ['PutItemCommand', values({ listedAt: { S: 'x'.repeat(1025) } }), [key]],
  ['PutItemCommand', values({ listing: { S: '' } }), [key]],
  ['PutItemCommand', values({ listing: { N: '1' } }), [key]],
  ['PutItemCommand', values({ received: { M: {} } }), ['no nested value']],
  ['SendMessageCommand', { MessageBody: 'x'.repeat(2 ** 20 - 10 * 9), MessageAttributes: attributes(10) }, []],
  [
    'SendMessageCommand',
    { MessageBody: 'x'.repeat(2 ** 20), MessageAttributes: attributes(1) },
    ['message of 1 MiB with its attributes'],
  ],
  ['SendMessageCommand', { MessageBody: 'x', MessageAttributes: attributes(11) }, [few]],
  ['SendMessageCommand', { MessageBody: 'x', MessageAttributes: { a: attribute('') } }, [few]],
  ['SendMessageCommand', { MessageBody: 'x', MessageAttributes: { a: attribute('\uFFFF') } }, [few]],
  ['SendMessageCommand', { MessageBody: '\t\r\n~键😀\uFFFD' }, []],
  ...['', '\0', '\u001F', '\uFFFE', '\uFFFF', '\uD800'].map((MessageBody): [string, object, string[]] => [
    'SendMessageCommand',
    { MessageBody },
    [text],
  ]),
  ['PublishBatchCommand', publish({ Message: 'x'.repeat(2 ** 17) }, { Message: 'x'.repeat(2 ** 17) }), []],
  [
    'PublishBatchCommand',
    publish({ Message: 'x'.repeat(2 ** 17) }, { Message: 'x'.repeat(2 ** 17), MessageAttributes: attributes(1) }),
    ['batch of 256 KiB'],
  ],
  ['PublishBatchCommand', publish(...Array(11).fill({ Message: 'x' })), ['batch of 10']],
  ['PublishBatchCommand', publish({ Message: '\uFFFE' }), [text]],
  ['SubscribeCommand', filter({ state: ['ended', 'missing'] }), []],
  ['SubscribeCommand', {}, []],
  ['SubscribeCommand', filter({ state: [{ wildcard: 'x*' }] }), ['filter by exact values']],
  ['SubscribeCommand', filter({ $or: [{ state: ['ended'] }] }), ['filter by exact values']],
  ['GetItemCommand', {}, []],
])('%s %#', (command, input, broken) => {
  expect(brokenLimits(command, input)).toEqual(broken)
})
