// A chain: its name, its numbers, its commitments, and the places that the signers
// named (7).
import { b64, hex, need, sha, shaHex, u64, zero } from './bytes.mjs'
import { statement } from './entry.mjs'
import { chainKinds } from './kinds.mjs'

export const chainName = (origin, kind, nonce) => shaHex('custos/chain/v1\n', sha(origin), Buffer.from([kind]), hex(nonce))
export const innerOf = l => sha('custos/inner/v1\n', hex(l.salt), sha(b64(l.envelope)))
export const commitmentOf = (chain, n, prev, inner) => shaHex('custos/commitment/v1\n', hex(chain), u64(n), hex(prev), inner)
export const leafHash = commitment => sha(Buffer.from([0, 1]), hex(commitment)) // RFC 6962 puts 0x00 before the leaf data

// verifyChain returns the shown entries of a chain document. Each stated commitment
// is taken for granted by the next entry, so that one changed byte is one fault.
export function verifyChain(doc, kind, origin) {
  const name = chainKinds[kind], whole = kind !== 0, before = new Map([[0, zero]]), ids = new Map(), out = []
  need(doc.kind === kind && doc.chain === chainName(origin, kind, doc.nonce), 'chain-name', `${name}: not of this origin and nonce`)
  for (const [i, l] of doc.entries.entries()) {
    const where = `${name} ${l.n}`, last = doc.entries[i - 1], prev = before.get(l.n - 1) ?? l.prev, open = 'envelope' in l
    need(open === 'salt' in l && open !== 'inner' in l, 'json', `${where}: neither shown nor withheld`)
    need(l.n > (last?.n ?? 0) && (!whole || l.n === i + 1), 'number', `${where} stands where ${i + 1} belongs`)
    need((l.prev ?? prev) === prev && commitmentOf(doc.chain, l.n, prev, open ? innerOf(l) : hex(l.inner)) === l.commitment, 'commitment', `${where} is not what was committed to`)
    need(!last || l.index > last.index, 'index', `${where} has leaf ${l.index}, the entry before ${last?.index}`)
    before.set(l.n - 1, prev).set(l.n, l.commitment)
    need(open || kind === 1 && l.n > 1, 'first', `${where} may not be withheld`)
    if (open) out.push(content(l, doc, { kind, origin, where, before, ids, whole }))
  }
  return out
}

// content opens a shown entry and holds it against its place.
function content(l, doc, { kind, origin, where, before, ids, whole }) {
  const s = statement(l.envelope, kind, where), { after, chain, entry } = s.place
  need(chain === doc.chain, 'place-chain', `${where} was signed for another chain`)
  need(!ids.has(entry), 'place-entry', `${where} is entry ${ids.get(entry)} again`)
  need(after.n < l.n && (before.get(after.n) ?? after.commitment) === after.commitment, 'place-after', `${where}: its signer had seen another entry ${after.n}`)
  need(!whole || opens(s, doc, kind, origin) === (l.n === 1) && s.kind.endsWith('-opened') === (l.n === 1), 'first', `${where}: ${s.kind} is not what belongs here`)
  ids.set(entry, l.n)
  return { ...s, n: l.n, index: l.index, commitment: l.commitment, where }
}

// opens tells whether a statement is what a chain of that kind begins with.
function opens({ kind, d }, doc, chainKind, origin) {
  if (kind === 'log-opened') return chainKind === 3 && d.origin === origin && d.keysNonce === doc.nonce
  return kind === 'case-opened' && d.nonce === doc.nonce && d.readsChain === chainName(origin, 2, doc.nonce)
}
