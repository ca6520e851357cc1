// check.mjs checks custos bundles and states of a custos log with nothing but Node.js 20
// and a trust file. It was written from ledger/FORMAT.md alone, so that no program of
// custos has to be believed. It re-runs no analysis, unpacks no zstd frame, opens no time
// stamp, and follows no attribution on a first page to its basis.
//
//   node check.mjs BUNDLE --trust FILE [--policy FILE] [--known-head FILE]... [--ack FILE]... [--proof FILE]... [--record]
//   node check.mjs --museum FOLDER        every piece of a museum against its expected verdict
//   node check.mjs --batch REFERENCE --trust FILE ...       changed bundles on standard input (batch.mjs)
//
// It prints OK and what was seen (exit 0), or FAULT, a code of section 12 and words
// (exit 1). --record leaves out order 10 of section 12.
import { readFileSync } from 'node:fs'
import { batch, verdict } from './batch.mjs'
import { check } from './bundle.mjs'
import { read } from './canonical.mjs'
import { trustShape, verifyTrust } from './keys.mjs'
import { noteKey } from './log.mjs'
import { museum } from './museum.mjs'
import { readPolicy } from './quorum.mjs'

const args = process.argv.slice(2)
const files = name => args.flatMap((a, i) => a === name ? [readFileSync(args[i + 1])] : [])

function options() {
  const [policy] = files('--policy')
  return {
    trust: verifyTrust(read(files('--trust')[0] ?? Buffer.alloc(0), trustShape, 'trust file'), noteKey), policy: policy && readPolicy(policy),
    known: [...files('--known-head'), ...files('--ack')], proofs: files('--proof'), recordOnly: args.includes('--record'),
  }
}

if (args[0] === '--museum') {
  process.exitCode = museum(args[1]) ? 0 : 1
} else if (args[0] === '--batch') {
  batch(readFileSync(args[1]), options())
} else {
  const line = verdict(() => check(readFileSync(args[0]), options()))
  console.log(line)
  process.exitCode = line.startsWith('OK ') ? 0 : 1
}
