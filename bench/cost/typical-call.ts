import { type Life, outcomes } from '../../local/simulator/life.ts'
import { type Deviations, toCdrRecord, toStatusMessages } from '../../local/simulator/messages.ts'
import type { JsonObject } from '../../shared/json.ts'

/** What the platform pushes for one call, in its order: each a callback of its own. */
export interface CallMessages {
  readonly statusEvents: readonly JsonObject[]
  readonly cdr: JsonObject
}

const none: Deviations = {
  absentAsEmptyText: false,
  twoBlanks: false,
  older: false,
  extraKeys: false,
  otherTypes: false,
  sentTwice: false,
  badNeighbour: false,
}

/** As long as what the documents show: ids, keys and names of 32, 28, 27 and 57 characters. */
const userData = 'customer-00000000000000000000001'
const appKey = 'exampleAppKey000000000000001'

/** Takes the second in which the call began: ids of calls differ, their lengths do not. */
const toLife = (start: number, isRingingOfBTold: boolean): Life => ({
  index: 12_000_001,
  outcome: outcomes[0],
  sessionId: `1201_601_4294967295_${start}0000@callenabler901.example.com`,
  numberA: '+8613800000021',
  numberB: '+8613800007021',
  shownToA: '+8675500000078',
  shownToB: '+8675500000079',
  a: { dialled: start, rang: start + 3, answered: start + 7 },
  b: { dialled: start + 7, rang: isRingingOfBTold ? start + 12 : undefined, answered: start + 14 },
  ended: start + 25,
  disconnected: start + 25,
  failed: start + 25,
  keys: [],
  sendsKeys: false,
  userData,
  appKey,
})

const toMessages = (life: Life): CallMessages => ({
  statusEvents: toStatusMessages(life, none).map(({ body }) => body),
  cdr: {
    eventType: 'fee',
    feeLst: [
      {
        ...toCdrRecord(life, none),
        spId: 'CaaS_Test_09',
        icid: 'CAE-20190124110424-12000001',
        hostName: 'callenabler901.example.com',
      },
    ],
  },
})

const firstCall = 1_769_500_800

/** Two-party call-backs that were answered and are as long as the documented one: the `n`th of them. */
export const typicalCalls = {
  /** 6 status events: B's network tells no ringing. */
  typical: (n: number) => toMessages(toLife(firstCall + n * 60, false)),
  /** The documented sequence: 7 status events, A and B dialled, ringing and answering, and the end. */
  documented: (n: number) => toMessages(toLife(firstCall + n * 60, true)),
} as const
