// The museum: every piece against the verdict that its header expects.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { verdict } from './batch.mjs'
import { check, knownCheckpoint, knownHead } from './bundle.mjs'
import { hex, need } from './bytes.mjs'
import { read } from './canonical.mjs'
import { leafHash } from './chain.mjs'
import { trustShape, verifyTrust } from './keys.mjs'
import { noteKey, readCheckpoint, readReceipt, rootOf, verifyLog } from './log.mjs'
import { readPolicy, verifyQuorum } from './quorum.mjs'

// header reads lines "key: value".
const header = path => Object.fromEntries(readFileSync(path, 'utf8').split('\n').filter(l => l).map(l => {
  const at = l.indexOf(': ')
  return [l.slice(0, at), l.slice(at + 2)]
}))

const list = folder => existsSync(folder) ? readdirSync(folder) : []

// museum prints one line a piece and tells whether every verdict was the expected one.
export function museum(folder) {
  let good = true, n = 0
  const show = (name, expect, line) => {
    const said = line.startsWith('OK ') ? 'none' : line.split(' ')[1], ok = expect.fault.split(' ').includes(said)
    console.log(`${name}: ${ok ? '' : `UNEXPECTED, not ${expect.fault}: `}${line}`)
    good &&= ok, n++
  }
  for (const f of list(`${folder}/bundles`).filter(f => f.endsWith('.zip'))) {
    const name = f.slice(0, -4), expect = header(`${folder}/bundles/${name}.expect`)
    show(name, expect, verdict(() => piece(folder, f, expect)))
  }
  for (const name of list(`${folder}/states`).filter(n => !n.includes('.'))) {
    const dir = `${folder}/states/${name}/`
    show(name, header(dir + 'expect'), verdict(() => state(dir)))
  }
  console.log(`${n} pieces, ${good ? 'all as expected' : 'not all as expected'}`)
  return good && n > 0
}

const trustOf = bytes => verifyTrust(read(bytes, trustShape, 'trust file'), noteKey)

// piece checks one bundle with what its header names.
function piece(folder, f, expect) {
  const file = name => name && readFileSync(`${folder}/bundles/${name}`), policy = file(expect.policy), list = names => (names ?? '').split(' ').filter(n => n).map(file)
  const now = Date.parse(expect.now) / 1000, age = parseInt(expect['max-age']) * 3600, young = at => !age || at >= now - age && at <= now + 60
  return check(file(f), { trust: trustOf(file(expect.trust)), policy: policy && readPolicy(policy), young, known: list(expect['known-head']), proofs: list(expect.proof) })
}

// state checks what a folder holds of a log, in this order: trust file, policy,
// checkpoint, quorum, an older checkpoint with a proof, a receipt, an acknowledgement
// against the head of a chain.
export function state(dir) {
  const file = name => existsSync(dir + name) ? readFileSync(dir + name) : undefined
  const trust = trustOf(file('trust.json') ?? file('../trust.json')), keys = trust.log.map(noteKey), said = []
  const policy = file('policy') && readPolicy(file('policy')), checkpoint = file('checkpoint') && readCheckpoint(file('checkpoint'))
  if (checkpoint) {
    verifyLog(checkpoint, keys)
    said.push(`size ${checkpoint.size}`)
    if (policy) said.push(`${verifyQuorum(checkpoint, policy, keys).length} co-signatures`)
    if (file('known')) knownCheckpoint(readCheckpoint(file('known')), file('proof') ? [file('proof')] : [], checkpoint, keys)
  }
  if (file('receipt')) {
    const r = readReceipt(file('receipt')), c = r.checkpoint
    verifyLog(c, keys)
    need(rootOf(r.index, c.size, leafHash(file('commitment').toString().trim()), r.path).equals(hex(c.root)), 'inclusion', `not leaf ${r.index}`)
    said.push(`leaf ${r.index}`)
  }
  if (file('acknowledgement')) {
    knownHead(file('acknowledgement'), JSON.parse(file('shown')), trust)
    said.push('acknowledged')
  }
  return said.join(', ')
}
