// What a million calls cost, from what a call takes and a list of prices. Nothing here measures or reads anything.

/** The parts of prices.json that the bill asks for, in dollars. */
export interface Prices {
  readonly httpApi: { readonly perMillionRequests: number }
  readonly lambda: { readonly perMillionRequests: number; readonly perGbSecond: number }
  readonly sqs: { readonly perMillionRequests: number; readonly bytesPerRequest: number }
  readonly dynamodb: {
    readonly perMillionWriteUnits: number
    readonly perMillionReadUnits: number
    readonly perGbMonth: number
    readonly recoveryPerGbMonth: number
  }
  readonly sns: { readonly perMillionRequests: number }
  readonly cloudwatch: {
    readonly perGbOfLogs: number
    readonly perMetricMonth: number
    readonly perAlarmMetricMonth: number
    readonly perDashboardMonth: number
    readonly bytesPerLogEvent: number
  }
  readonly transfer: { readonly perGbOut: number }
}

/** What one call takes, on the average. */
export interface Usage {
  readonly httpRequests: number
  readonly lambdaRequests: number
  readonly gbSeconds: number
  readonly sqsRequests: number
  readonly writeUnits: number
  readonly readUnits: number
  readonly snsRequests: number
  readonly logBytes: number
  readonly bytesOut: number
  /** What is stored of it, and for how long. */
  readonly storedBytes: number
  readonly storedMonths: number
}

/** Dollars by component. */
export interface Bill {
  readonly 'HTTP API': number
  readonly 'Lambda, requests': number
  readonly 'Lambda, GB-seconds': number
  readonly SQS: number
  readonly 'DynamoDB, writes and reads': number
  readonly SNS: number
  readonly 'CloudWatch Logs': number
  readonly 'data transfer out': number
}

const million = 1e6
const gb = 1e9

/** Of so many calls, without what keeps them. */
export const toBill = (usage: Usage, prices: Prices, calls: number): Bill => {
  const { httpApi, lambda, sqs, dynamodb, sns, cloudwatch, transfer } = prices
  const table = usage.writeUnits * dynamodb.perMillionWriteUnits + usage.readUnits * dynamodb.perMillionReadUnits
  return {
    'HTTP API': (calls * usage.httpRequests * httpApi.perMillionRequests) / million,
    'Lambda, requests': (calls * usage.lambdaRequests * lambda.perMillionRequests) / million,
    'Lambda, GB-seconds': calls * usage.gbSeconds * lambda.perGbSecond,
    SQS: (calls * usage.sqsRequests * sqs.perMillionRequests) / million,
    'DynamoDB, writes and reads': (calls * table) / million,
    SNS: (calls * usage.snsRequests * sns.perMillionRequests) / million,
    'CloudWatch Logs': (calls * usage.logBytes * cloudwatch.perGbOfLogs) / gb,
    'data transfer out': (calls * usage.bytesOut * transfer.perGbOut) / gb,
  }
}

/** Of so many calls, from their CDRs until they expire, with point-in-time recovery. */
export const toStorage = (usage: Usage, { dynamodb }: Prices, calls: number): number =>
  ((calls * usage.storedBytes) / gb) * usage.storedMonths * (dynamodb.perGbMonth + dynamodb.recoveryPerGbMonth)

export const toTotal = (bill: Bill): number => Object.values(bill).reduce((sum, dollars) => sum + dollars, 0)
