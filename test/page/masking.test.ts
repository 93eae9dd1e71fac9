import { expect, test } from 'vitest'
import { maskId, maskJson, maskNumber, maskParty } from '../../local/page/masking.ts'

test('of a number its last four digits stay, and what is left of its first ones without the four between', () => {
  expect(
    ['+8613800000021', '8613800000021', '13800000021', '88881234567', '12345678', '110', ''].map(maskNumber),
  ).toEqual(['+86138***0021', '86138***0021', '138***0021', '888***4567', '***78', '***10', '***'])
})

test('a party is masked in whatever form it was written', () => {
  expect(
    [
      '+8613900000033',
      'sip:+8613900000033@ims.example.com',
      '+8613800000021;phone-context=example.com',
      '+86 139 0000 0033',
      '138-0000-0021',
      '(0755) 2678 0000',
      '+8613800000021,+8613800000022',
      '110',
      '?',
    ].map(maskParty),
  ).toEqual([
    '+86139***0033',
    'sip:+86139***0033@ims.example.com',
    '+86138***0021;phone-context=example.com',
    '+86139***0033',
    '138***0021',
    '(0755***0000',
    '+86138***0021,+86138***0022',
    '***10',
    '?',
  ])
  expect(maskJson('{"called":"138-0000-0021","caller":"+86 139 0000 0033"}')).toBe(
    '{"called":"138***0021","caller":"+86139***0033"}',
  )
})

test('of an id only what is a number for sure is masked', () => {
  expect(maskId('voice-call/1201_601_4294967295_20190124030424@callenabler901.example.com')).toBe(
    'voice-call/1201_601_4294967295_20190124030424@callenabler901.example.com',
  )
  expect(maskId('voice-call/1201_+8613800000021_8613900000022_x')).toBe('voice-call/1201_+86138***0021_86139***0022_x')
  expect(maskId('aicc/1197765398201387012')).toBe('aicc/1197765398201387012')
  expect(maskId('aicc/88881234567', ['88881234567'])).toBe('aicc/888***4567')
})

test('JSON loses the numbers of parties wherever they stand, and nothing else', () => {
  const json = `{
    "sessionId": "1201_8675512345678_20190124030424@host", "calleeNum" : 8613800000021,
    "callerNum":"+8675512345678", "userData":"call 13900000022 or 0755-26780000", "timestamp": "2019-01-24 03:04:24",
    "nested": [{"unknown": "1234567", "exact": 12345678901234567890}], "escaped": "\\u002b8613800000021", "short": 123456
  }`
  expect(maskJson(json)).toBe(`{
    "sessionId": "1201_86755***5678_20190124030424@host", "calleeNum" : "86138***0021",
    "callerNum":"+86755***5678", "userData":"call 139***0022 or 0755-***00", "timestamp": "2019-01-24 03:04:24",
    "nested": [{"unknown": "***67", "exact": "123456789012***7890"}], "escaped": "+86138***0021", "short": 123456
  }`)
})

test('what is no JSON loses every long run of digits', () => {
  expect(maskJson('called=13800000021&id=1197765398201387012 "')).toBe('called=138***0021&id=11977653982***7012 "')
  expect(maskJson('')).toBe('')
})
