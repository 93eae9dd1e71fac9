import { crc32, deflateSync, inflateSync } from 'node:zlib'

// A screenshot of text has few colours, but the browser writes three bytes for each of its dots. With a palette of 256 it is a
// third of the size, and the rare shades between a letter and its ground are near enough to others.

const signature = Buffer.from('89504e470d0a1a0a', 'hex')

const maxColours = 256

/** The same picture with a palette. @param png of 8 bits RGB, not interlaced, as Chromium writes it */
export const toPalettePng = (png: Buffer): Buffer => {
  const chunks = readChunks(png)
  const header = chunks.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  if (header[8] !== 8 || header[9] !== 2 || header[12] !== 0)
    throw new Error(`Cannot read the picture: found a PNG of type ${header[9]}, wanted 8 bits RGB`)
  const data = Buffer.concat(chunks.flatMap((chunk) => (chunk.type === 'IDAT' ? [chunk.data] : [])))
  const pixels = unfilter(inflateSync(data), width * 3, height)

  const counts = new Map<number, number>()
  for (let at = 0; at < pixels.length; at += 3) {
    const colour = pixels.readUIntBE(at, 3)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const palette = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, maxColours)
    .map(([colour]) => colour)
  const places = new Map([...counts.keys()].map((colour) => [colour, nearest(palette, colour)]))
  const lines = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      lines[y * (width + 1) + 1 + x] = places.get(pixels.readUIntBE((y * width + x) * 3, 3)) ?? 0

  const of = Buffer.from(header)
  of[9] = 3
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    signature,
    toChunk('IHDR', of),
    toChunk('PLTE', colours),
    toChunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    toChunk('IEND', Buffer.alloc(0)),
  ])
}

const readChunks = (png: Buffer): readonly { readonly type: string; readonly data: Buffer }[] => {
  const chunks = []
  for (let at = signature.length; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return chunks
}

const toChunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** Each line begins with the way in which its bytes are told by those to the left, above, and above left (PNG, 9.2). */
const unfilter = (raw: Buffer, stride: number, height: number): Buffer => {
  const pixels = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x < 3 ? 0 : (pixels[at - 3] ?? 0)
      const above = y === 0 ? 0 : (pixels[at - stride] ?? 0)
      const aboveLeft = x < 3 || y === 0 ? 0 : (pixels[at - stride - 3] ?? 0)
      const told = [0, left, above, (left + above) >> 1, paeth(left, above, aboveLeft)][filter ?? 0] ?? 0
      pixels[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + told
    }
  }
  return pixels
}

const paeth = (a: number, b: number, c: number): number => {
  const [ofA, ofB, ofC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  if (ofA <= ofB && ofA <= ofC) return a
  return ofB <= ofC ? b : c
}

const nearest = (palette: readonly number[], colour: number): number => {
  let [best, distance] = [0, Number.MAX_VALUE]
  for (const [place, other] of palette.entries()) {
    const far = [16, 8, 0].reduce((sum, shift) => sum + (((colour >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0)
    if (far < distance) [best, distance] = [place, far]
  }
  return best
}
