import type { Fate, World } from './world.ts'

/** Lets everything that can go on without the scheduler go on. */
const rest = () => new Promise((resolve) => setImmediate(resolve))

/**
 * Runs a world again and again until every order of its steps has been taken, with every choice of up to so many kills.
 * A kill before a step is one after the step before it, so only those after a step are taken.
 * @returns how many schedules there were
 */
export const explore = async (
  kills: number,
  begin: () => World,
  check: (world: World, schedule: readonly string[]) => Promise<void>,
): Promise<number> => {
  let path: { readonly choices: number; chosen: number }[] = []
  let schedules = 0
  for (;;) {
    const world = begin()
    const taken: string[] = []
    let [depth, killsLeft] = [0, kills]
    await rest()
    while (world.waiting.length > 0) {
      const fates: readonly Fate[] = killsLeft > 0 ? ['happens', 'happens and kills'] : ['happens']
      const choices = world.waiting.length * fates.length
      const place = path[depth] ?? { choices, chosen: 0 }
      if (place.choices !== choices) throw new Error('The same choices led elsewhere')
      path[depth++] = place
      const step = world.waiting[Math.floor(place.chosen / fates.length)]
      const fate = fates[place.chosen % fates.length] ?? 'happens'
      if (fate !== 'happens') killsLeft--
      taken.push(`${step?.process}: ${step?.name} ${fate}`)
      step?.decide(fate)
      await rest()
    }
    schedules++
    await check(world, taken)
    path = path.slice(0, depth)
    while (path.length > 0 && (path.at(-1)?.chosen ?? 0) + 1 >= (path.at(-1)?.choices ?? 0)) path.pop()
    const last = path.at(-1)
    if (last === undefined) return schedules
    last.chosen++
  }
}

/** Runs a world once, each time with the step and the fate that are picked. */
export const runOnce = async (world: World, pick: (steps: number) => readonly [step: number, fate: Fate]) => {
  await rest()
  while (world.waiting.length > 0) {
    const [step, fate] = pick(world.waiting.length)
    world.waiting[step]?.decide(fate)
    await rest()
  }
}
