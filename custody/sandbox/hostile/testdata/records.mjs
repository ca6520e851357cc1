// records.mjs reads documents of the record with the second implementation's own
// functions. On standard input a line each: a form, a space, the document in base64.
// One line is written for each: OK, or FAULT and a code.
//   node records.mjs CHECKER-FOLDER KEY          KEY: the 32 bytes of the one key, in hex
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [folder, raw] = process.argv.slice(2)
const from = name => import(pathToFileURL(`${folder}/${name}.mjs`))
const { derKey, need, sha } = await from('bytes')
const { read } = await from('canonical')
const { openEnvelope, statementType } = await from('entry')
const { noteKey, readCheckpoint, readReceipt, rootOf, verifyLog } = await from('log')

const key = Buffer.from(raw, 'hex'), der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key])
const name = 'log.example/custos', hash = sha(name, '\n', Buffer.from([1]), key).toString('hex', 0, 4)
const log = [{ name, hash, type: 1, raw: key }]

const readers = {
  envelope(b) {
    for (const { id, by } of openEnvelope(b, statementType, [1, 2], 'envelope').sigs) need(id === sha(der).toString('hex') && by(der), 'signature', 'not by the key')
  },
  checkpoint: b => verifyLog(readCheckpoint(b), log),
  receipt(b) {
    const r = readReceipt(b), leaf = Buffer.from(r.checkpoint.root, 'hex')
    verifyLog(r.checkpoint, log)
    need(rootOf(r.index, r.checkpoint.size, leaf, r.path).equals(leaf), 'inclusion', 'not at that place')
  },
  'note-key': b => need(noteKey(b.toString()) !== undefined && Buffer.from(b.toString()).equals(b), 'value', 'not a key'),
  'public-key': b => need(derKey(b), 'value', 'not a key'),
  json(b) {
    try {
      read(b, 'any shape', 'text')
    } catch (e) {
      if (e.code !== 'value') throw e // canonical, and of a shape that nobody asked for
    }
  },
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const [form, text] = line.split(' ')
  try {
    readers[form](Buffer.from(text, 'base64'))
    console.log('OK')
  } catch (e) {
    console.log(`FAULT ${e.code ?? 'crash ' + e.message}`)
  }
}
