// Time stamps (11): that their list names exactly the tokens that are there, and that
// each stamped checkpoint is a beginning of the bundle's. The tokens themselves
// (RFC 3161) are not checked here.
import { need } from './bytes.mjs'
import { read } from './canonical.mjs'
import { consistent } from './log.mjs'

const listShape = { heads: [{ path: ['hex'], root: 'hex', size: 'int', tokens: ['text'] }], manifest: ['text'] }

// verifyStamps returns how many tokens there are.
export function verifyStamps(members, checkpoint) {
  const there = [...members.keys()].filter(n => n.startsWith('timestamps/'))
  if (there.length === 0) return 0
  need(members.has('timestamps/index.json'), 'stamp', 'the list of time stamps is missing')
  const list = read(members.get('timestamps/index.json'), listShape, 'timestamps/index.json')
  const named = [...list.manifest, ...list.heads.flatMap(h => h.tokens)], heads = list.heads
  const numbered = named.every((n, i) => n === `timestamps/${String(i + 1).padStart(3, '0')}.tsr`) && named.length + 1 === there.length && named.every(n => members.has(n))
  const rising = heads.every((h, i) => h.tokens.length > 0 && h.size > (heads[i - 1]?.size ?? 0) && h.size <= checkpoint.size)
  need(numbered && rising && named.length <= 500, 'stamp', 'the list of time stamps does not name exactly those that are there')
  for (const h of [{ tokens: list.manifest }, ...heads]) {
    const tokens = h.tokens.map(n => members.get(n))
    need(tokens.every((t, i) => i === 0 || t.compare(tokens[i - 1]) > 0), 'stamp', 'tokens over one thing are not in the order of their bytes')
  }
  for (const h of heads) {
    need(consistent(h.size, checkpoint.size, h.path, h.root, checkpoint.root), 'consistency', `the stamped checkpoint of size ${h.size} is not the beginning of this log`)
  }
  return named.length
}
