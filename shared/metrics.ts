/** Counts by name. */
export type Counts = { readonly [metric: string]: number }

/**
 * CloudWatch's embedded metric format: a log line that becomes metrics, without a request. The namespace is one
 * deployment's own, so the metrics have no dimensions. A unit, which nothing here asks for, would make the line a third longer.
 */
export const toMetricsLine = (namespace: string, counts: Counts, now: Date): string =>
  `${JSON.stringify({
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [[]],
          Metrics: Object.keys(counts).map((Name) => ({ Name })),
        },
      ],
    },
    ...counts,
  })}\n`

/** Writes straight to standard output, since the console of Lambda wraps what it is given. Without a namespace: nowhere. */
export const openMetrics =
  (namespace: string) =>
  (counts: Counts): void => {
    if (namespace !== '' && Object.keys(counts).length > 0)
      process.stdout.write(toMetricsLine(namespace, counts, new Date()))
  }
