import { fileURLToPath } from 'node:url'
import { programFile } from './build.ts'
import { startChild } from './child.ts'
import type { Load } from './measure.ts'
import type { MockService } from './mock-service.ts'
import type { Variant } from './variants.ts'

/** The requests that a variant sends to each service for a load, for the floor to send again. @throws Error when there are none */
export const recordRequests = async (
  variant: Variant,
  load: Load,
  services: readonly MockService[],
): Promise<readonly (readonly unknown[])[]> => {
  const child = await startChild(programFile('run-blocks'), [fileURLToPath(variant.file)], variant)
  try {
    for (const service of services) await service.record()
    await child.ask(load)
    const recorded = await Promise.all(services.map((service) => service.recorded()))
    if (recorded.some((requests) => requests.length === 0))
      throw new Error('Cannot record: found a service that got no request, wanted one or more')
    return recorded
  } finally {
    await child.stop()
  }
}
