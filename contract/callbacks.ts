import * as v from 'valibot'

// What the platforms push, loosely: the members by which a callback is told and put to its call, whatever stands beside
// them. A body that does not fit is not always refused: a record without a session id is taken, and quarantined.

const sessionId = v.pipe(
  v.union([v.string(), v.number()]),
  v.description('The call; 1 to 256 characters, or a whole number that lost no digit.'),
)

export const VoiceCallCallback = v.pipe(
  v.looseObject({
    eventType: v.pipe(
      v.string(),
      v.minLength(1),
      v.description(
        'callin, callout, alerting, answer, collectInfo, disconnect, or fee for CDRs; others are kept too.',
      ),
    ),
    statusInfo: v.exactOptional(
      v.pipe(
        v.looseObject({
          sessionId,
          timestamp: v.exactOptional(v.pipe(v.nullable(v.string()), v.description('yyyy-MM-dd HH:mm:ss, UTC.'))),
        }),
        v.description('Of a status event.'),
      ),
    ),
    feeLst: v.exactOptional(
      v.pipe(
        v.array(v.looseObject({ sessionId })),
        v.maxLength(500),
        v.description('Of a fee: the CDRs, 50 by the documents.'),
      ),
    ),
  }),
  v.description('A status event or up to 50 CDRs of Voice Call or PrivateNumber; both routes take both.'),
)

export const AiccCallback = v.pipe(
  v.looseObject({
    callSerialNo: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,50}$/), v.description('The call; text, never a number.')),
    eventType: v.exactOptional(v.pipe(v.never(), v.description('What has one is a callback of Voice Call.'))),
  }),
  v.description('The hang-up callback of a voice notification of AICC.'),
)

const Success = v.pipe(
  v.strictObject({ resultcode: v.literal('0'), resultdesc: v.literal('Success') }),
  v.description('What Voice Call takes for a success: the callback is kept as it was received.'),
)

const AiccSuccess = v.pipe(
  v.strictObject({ retCode: v.literal('0'), retMsg: v.literal('success') }),
  v.description('What AICC takes for a success: the callback is kept as it was received.'),
)

const Refusal = v.pipe(
  v.strictObject({
    code: v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), v.description('Why, for programs.')),
    message: v.pipe(v.string(), v.minLength(1), v.description('What was found and what was wanted, for people.')),
  }),
  v.description('An answer that takes or gives nothing.'),
)

const AiccRefusal = v.pipe(
  v.strictObject({
    retCode: v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), v.description('Why, for programs.')),
    retMsg: v.pipe(v.string(), v.minLength(1), v.description('What was found and what was wanted, for people.')),
  }),
  v.description('A refusal in the words of AICC, which takes any retCode but "0" for a failure.'),
)

const GatewayMessage = v.pipe(
  v.strictObject({ message: v.pipe(v.string(), v.minLength(1)) }),
  v.description('What API Gateway answers by itself.'),
)

export const answers = { Success, AiccSuccess, Refusal, AiccRefusal, GatewayMessage }
