// The rows of a Parquet file as NDJSON on stdout, a thousand at a time, so that memory does not grow with the file.
//
// Integers keep all their digits, instants are UTC, days are days, what is no JSON number (NaN, infinities) is null,
// geometries of GeoParquet are GeoJSON, bytes that are no text are base64.
import { closeSync, openSync, fstatSync, readSync } from 'node:fs'
import { once } from 'node:events'
import { argv, exit, stderr, stdout } from 'node:process'

const [, , modules, path] = argv
const { parquetMetadataAsync, parquetReadObjects } = await import(`${modules}/hyparquet/src/index.js`)
const { compressors } = await import(`${modules}/hyparquet-compressors/src/index.js`)
const STEP = 1000

const instant = (microseconds) => {
  const seconds = microseconds / 1000000n - (microseconds % 1000000n < 0n ? 1n : 0n)
  const rest = microseconds - seconds * 1000000n
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return rest ? `${text}.${rest.toString().padStart(6, '0')}Z` : `${text}Z`
}
const parsers = {
  timestampFromMilliseconds: (n) => instant(n * 1000n),
  timestampFromMicroseconds: instant,
  timestampFromNanoseconds: (n) => instant(n / 1000n - (n % 1000n < 0n ? 1n : 0n)),
  dateFromDays: (n) => new Date(n * 86400000).toISOString().slice(0, 10),
}

const print = (value) => {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return JSON.stringify(value)
  if (ArrayBuffer.isView(value)) return JSON.stringify(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'))
  if (Array.isArray(value)) return `[${value.map(print).join(',')}]`
  if (typeof value === 'object') return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${print(one)}`).join(',')}}`
  return JSON.stringify(value) // NaN and infinities are null
}

stdout.on('error', () => exit(0)) // the reader has seen enough
let fd
try {
  fd = openSync(path, 'r')
  const file = {
    byteLength: fstatSync(fd).size,
    slice: (start, end = file.byteLength) => {
      const bytes = Buffer.alloc(end - start)
      for (let n = 0; n < bytes.length;) {
        const got = readSync(fd, bytes, n, bytes.length - n, start + n)
        if (got === 0) throw new Error('the file ends too early')
        n += got
      }
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    },
  }
  if (file.byteLength < 12) throw new Error('it is too short for a Parquet file, which begins and ends with PAR1')
  const metadata = await parquetMetadataAsync(file)
  const rows = Number(metadata.num_rows)
  for (let rowStart = 0; rowStart < rows; rowStart += STEP) {
    const rowEnd = Math.min(rowStart + STEP, rows)
    const list = await parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors, parsers, useOffsetIndex: true })
    if (!stdout.write(list.map((row) => `${print(row)}\n`).join(''))) await once(stdout, 'drain')
  }
} catch (error) {
  stderr.write(`${path}: ${error.message}\n`)
  exit(1)
} finally {
  if (fd !== undefined) closeSync(fd)
}
