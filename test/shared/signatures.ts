import type { JsonObject } from '../../shared/json.ts'

/** The vendor's documented vectors. */
export const aksk = {
  app: 'exampleAppKey',
  secret: 'exampleAppSecret',
  url: 'https://callback.example.com/huawei/fee',
  nonce: '66C92B11FF8A425FB8D4CCFE0ED9ED1F',
  created: '2026-01-27T15:30:20Z',
  digest2026: '4vVDTk7ihY3b/NUUWAR1CK3xwNKUpfSbiROWBWcN1Eg=',
  digest2022: 'OTsCVrn0kH3/BHorKsNc19C/wsKuLc4t4ar1q+9lwPE=',
}

export const akskHeader = (fields: Partial<typeof aksk> = {}, digest = aksk.digest2026, separator = ', ') => {
  const { app, nonce, created } = { ...aksk, ...fields }
  return `UsernameToken ${[`Username="${app}"`, `PasswordDigest="${digest}"`, `Nonce="${nonce}"`, `Created="${created}"`].join(separator)}`
}

export const aicc = {
  key: '0123456789abcdef',
  timestamp: '1645524163326',
  nonce: '-1482421808053124529',
}

/** A body with the members that say who signed it. */
export const signed = (body: JsonObject, signature: string, others: JsonObject = {}): JsonObject => ({
  ...body,
  timestamp: aicc.timestamp,
  nonce: aicc.nonce,
  signature,
  ...others,
})
