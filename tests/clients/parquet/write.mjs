// write.mjs FILE ROWS: a Parquet file of that many rows.
import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { parquetWriteBuffer } from 'hyparquet-writer'

const rows = Number(argv[3])
const data = (of) => Array.from({ length: rows }, (_, i) => of(i))
const bytes = parquetWriteBuffer({
  rowGroupSize: 700,
  columnData: [
    { name: 'Numéro', type: 'INT64', data: data((i) => 9007199254740993n + BigInt(i)) },
    { name: 'nom', type: 'STRING', data: data((i) => `gare "${i}"`) },
    { name: 'débit', type: 'DOUBLE', data: data((i) => (i % 7 ? i / 4 : null)), nullable: true },
    { name: 'vu', type: 'TIMESTAMP', data: data((i) => new Date(Date.UTC(2026, 0, 1, 0, 0, i))) },
    { name: 'ouvert', type: 'BOOLEAN', data: data((i) => i % 2 === 0) },
    { name: 'lieu', type: 'JSON', data: data((i) => ({ type: 'Point', coordinates: [3, 50 + i / rows] })) },
  ],
})
writeFileSync(argv[2], Buffer.from(bytes))
