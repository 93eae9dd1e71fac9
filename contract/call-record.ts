import * as v from 'valibot'

// The one source of what consumers get: the types of the code, docs/call-record.schema.json, docs/call-record.ts and the
// schemas of docs/openapi.json are all made of it (`npm run contract`). The code that is deployed takes only types from here.

/** Never empty: what the facts do not tell is absent. `maxLength` in characters. */
const text = (maxLength: number, description: string) =>
  v.pipe(v.string(), v.minLength(1), v.maxLength(maxLength), v.description(description))

const time = (description: string) =>
  v.exactOptional(
    v.pipe(
      v.string(),
      v.isoTimestamp(),
      v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      v.description(description),
    ),
  )

const seconds = (description: string) => v.exactOptional(v.pipe(v.number(), v.minValue(0), v.description(description)))

const minutes = (description: string) =>
  v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.description(description)))

const count = (description: string) => v.pipe(v.number(), v.integer(), v.minValue(1), v.description(description))

/** The longest text of any field that the platforms' documents give no length for. */
const longest = 1024

const party = (description: string) => v.pipe(v.picklist(['A', 'B']), v.description(description))

export const LegRecord = v.pipe(
  v.strictObject({
    party: party('A is rung first, B is joined with it.'),
    number: v.exactOptional(
      text(
        longest,
        'The number that was rung; of A in a private-number call the one that called in. Source: calleeNum, fwdDstNum (callerNum); status called.',
      ),
    ),
    displayNumber: v.exactOptional(
      text(longest, 'The number that this party was shown. Source: callerNum, fwdDisplayNum; status caller.'),
    ),
    startedAt: time('The leg was rung. Source: callOutStartTime (callInTime), fwdStartTime.'),
    ringingAt: time('The leg rang. Source: callOutAlertingTime, fwdAlertingTime.'),
    answeredAt: time('The leg answered. Source: callOutAnswerTime, fwdAnswerTime.'),
    seconds: seconds('answeredAt of this leg to the end of the call.'),
    billableMinutes: minutes(
      'Started minutes of seconds; 0 for a leg that the CDR tells was not answered; absent where it cannot tell.',
    ),
    cause: v.exactOptional(
      v.pipe(
        v.number(),
        v.integer(),
        v.description(
          'Q.850 cause; absent where the platform gives 0, "not applicable". Source: callOutUnaswRsn, fwdUnaswRsn.',
        ),
      ),
    ),
  }),
  v.description("One party's connection within a call."),
  v.readonly(),
)

export const RecordingRecord = v.pipe(
  v.strictObject({
    fileName: v.exactOptional(
      text(longest, "The platform's file name, for its download API. Source: recordObjectName; AICC recordfile."),
    ),
    directory: v.exactOptional(text(longest, 'Source: recordBucketName.')),
    domain: v.exactOptional(text(256, 'Source: recordDomain.')),
    url: v.exactOptional(text(longest, 'A direct link. Source: recordFileDownloadUrl.')),
    startedAt: time('Source: recordStartTime.'),
    deletedAfter: time('The platform has deleted the file after this moment: 7 days after the end of the call.'),
  }),
  v.description('Where the platform keeps the recording of the call.'),
  v.readonly(),
)

export const FailureCodeRecord = v.pipe(
  v.strictObject({
    name: v.pipe(
      v.picklist(['q850', 'sip', 'stateCode', 'ulFailReason', 'releaseReason']),
      v.description('Which of the codes it is.'),
    ),
    value: v.pipe(v.number(), v.integer(), v.description('As the platform gave it.')),
    meaning: v.pipe(v.string(), v.minLength(1), v.description('In words; "not documented" where the vendor has none.')),
    party: v.exactOptional(party('The leg that a Q.850 cause belongs to.')),
    text: v.exactOptional(text(128, "The platform's own words. Source: stateDesc.")),
  }),
  v.description('A code that says more than "normal".'),
  v.readonly(),
)

export const FailureRecord = v.pipe(
  v.strictObject({
    at: time('Source: failTime.'),
    codes: v.pipe(
      v.array(FailureCodeRecord),
      v.maxLength(20),
      v.readonly(),
      v.description(
        'Every code given that says more than "normal"; an answered call has one when it says how the call ended.',
      ),
    ),
  }),
  v.description('What the network and the platform say of how the call failed or ended.'),
  v.readonly(),
)

export const Problem = v.pipe(
  v.strictObject({
    code: v.pipe(
      v.picklist([
        'bad-time',
        'bad-text',
        'bad-number',
        'text-cut',
        'negative-duration',
        'several-cdrs',
        'events-differ',
        'cdr-left-out',
      ]),
      v.description('The kind of oddity, see call-record.md.'),
    ),
    message: v.pipe(
      v.string(),
      v.minLength(1),
      v.description('The field, what was found and what was wanted, for people; it shows no value.'),
    ),
  }),
  v.description('Something odd about the facts of a call. It never keeps the call from being recorded.'),
  v.readonly(),
)

const callRecord = {
  id: v.pipe(
    v.string(),
    v.regex(/^(voice-call|aicc)\/[\s\S]+#[1-9]\d*\.[1-9]\d*$/),
    v.description('<callId>#<revision>.<edition>. One id always stands for the same content.'),
  ),
  callId: v.pipe(
    v.string(),
    v.regex(/^(voice-call|aicc)\/[\s\S]+$/),
    v.maxLength('voice-call/'.length + 256),
    v.description('<source>/<session id>. Source: sessionId; of AICC callSerialNo.'),
  ),
  source: v.pipe(v.picklist(['voice-call', 'aicc']), v.description('The platform.')),
  revision: count('The number of facts known of the call; rises with every new fact and with nothing else.'),
  edition: count('Rises when the same facts give another record: a new version of this project, or a changed setting.'),
  scenario: v.pipe(
    v.picklist(['call-back', 'notification', 'playback', 'private-number', 'unknown']),
    v.description(
      'call-back (two legs), notification (it collected keys or ran an IVR), playback (a notification or a verification code, the CDR does not tell which), private-number, or unknown.',
    ),
  ),
  completeness: v.pipe(
    v.picklist(['complete', 'status-only']),
    v.description('complete with a CDR, status-only without one: it has not come yet or never came.'),
  ),
  disposition: v.exactOptional(
    v.pipe(
      v.picklist(['answered', 'no-answer', 'busy', 'rejected', 'canceled', 'failed']),
      v.description(
        'How the network says the call ended: from the answer times; where there is none, from Q.850, SIP, stateCode and ulFailReason, in this order. Absent while not known.',
      ),
    ),
  ),
  startedAt: time('Leg A was rung, or called in. Source: callOutStartTime, callInTime; status callout, callin.'),
  ringingAt: time(
    'Leg B rang if it was started, else leg A. Source: fwdAlertingTime, callOutAlertingTime; status alerting.',
  ),
  answeredAt: time(
    'Leg B answered if it was started, else leg A. A call-back whose A answered and whose B was never rung has it too, though nobody answered that call. Source: fwdAnswerTime, callOutAnswerTime; status answer.',
  ),
  endedAt: time('The call ended, for both legs. Source: callEndTime; status disconnect.'),
  ringSeconds: seconds('ringingAt to answeredAt, or to endedAt of a call that is known not to have been answered.'),
  talkSeconds: seconds(
    'Answered to ended, by the leg that makes the call answered (B of two); absent when the call was not answered.',
  ),
  billableMinutes: minutes(
    'Started minutes, sum over the legs; absent while that of one leg is unknown, and for AICC.',
  ),
  legs: v.pipe(v.array(LegRecord), v.maxLength(2), v.readonly(), v.description('A, then B.')),
  digits: v.exactOptional(
    text(256, 'Keys pressed, several entries joined by "-". Source: dynIVRPath; status collectInfo.digitInfo.'),
  ),
  recording: v.exactOptional(RecordingRecord),
  failure: v.exactOptional(FailureRecord),
  userData: v.exactOptional(text(256, "What the caller of the platform's API passed.")),
  appKey: v.exactOptional(text(32, 'Source: appKey.')),
  cdr: v.exactOptional(
    v.pipe(
      v.looseObject({}),
      v.description('The CDR that counts, field by field as it was received, JSON types included.'),
      v.readonly(),
    ),
  ),
  problems: v.exactOptional(
    v.pipe(
      v.array(Problem),
      v.minLength(1),
      v.maxLength(20),
      v.readonly(),
      v.description('What was odd about the facts; absent when nothing was.'),
    ),
  ),
}

export const CallRecord = v.pipe(
  v.strictObject(callRecord),
  v.description(
    'The account of one call as far as its facts go. Times are ISO 8601 in UTC with milliseconds, durations seconds (…Seconds) or started minutes (…Minutes). What the facts do not tell is absent. A consumer keeps, per callId, the record with the highest revision, then edition, and drops every other.',
  ),
  v.readonly(),
)

export const CallEvent = v.pipe(
  v.strictObject({
    event: text(
      32,
      "The platform's name of a status event (callout, alerting, answer, …), cdr, hangup for a callback of AICC, or event for a status event of another name, which stands in received.",
    ),
    at: time('Of a CDR and of a hang-up: the end of the call.'),
    received: v.pipe(
      v.looseObject({}),
      v.description('The callback as if it had brought this fact alone, every received field in it.'),
      v.readonly(),
    ),
  }),
  v.description('One fact of a call.'),
  v.readonly(),
)

export const CallView = v.pipe(
  v.strictObject({
    ...callRecord,
    events: v.pipe(
      v.array(CallEvent),
      v.readonly(),
      v.description('Everything received of the call, in the order in which it happened.'),
    ),
    eventsLeftOut: v.exactOptional(
      count('How many of the last events are not shown, since an answer holds no more; absent when all are.'),
    ),
  }),
  v.description('A call record as it now stands, and all that was received of the call.'),
  v.readonly(),
)

export const CallPage = v.pipe(
  v.strictObject({
    calls: v.pipe(
      v.array(CallRecord),
      v.maxLength(50),
      v.readonly(),
      v.description('In no particular order; may be empty while there are more.'),
    ),
    cursor: v.exactOptional(
      v.pipe(v.string(), v.regex(/^[\w-]+$/), v.description('For the next page; absent on the last one.')),
    ),
  }),
  v.description("A page of a day's calls."),
  v.readonly(),
)

export type LegRecord = v.InferOutput<typeof LegRecord>
export type RecordingRecord = v.InferOutput<typeof RecordingRecord>
export type FailureCodeRecord = v.InferOutput<typeof FailureCodeRecord>
export type FailureRecord = v.InferOutput<typeof FailureRecord>
export type Problem = v.InferOutput<typeof Problem>
export type CallRecord = v.InferOutput<typeof CallRecord>
export type CallView = v.InferOutput<typeof CallView>
export type CallPage = v.InferOutput<typeof CallPage>
