// Served subsets (17): every row that is served is one of those that were committed
// to, at its place, and exactly the others are withheld. Texts are latin1: bytes.
import { hex, need, sha } from './bytes.mjs'
import { canonical, read, S } from './canonical.mjs'

const reason = 'not-relevant|another-person|sensitive|privileged'
const selectionShape = {
  ...S('format:text item:text repeats:int root:hex rows:int shown:int'),
  redacted: [S(`part:subject|calling|called|handset|network|place reason:${reason}`)], withheld: [S(`rows:int rule:${reason}`)],
}
const parts = ['event', 'subject', 'calling', 'called', 'handset', 'network', 'place', 'trail']
const columns = ('start_utc,end_utc,precision,evidence,zone,offset_s,fold,type,leg,subject,a_number,b_number,c_number,dialled,duration_s,imei,imsi,' +
  'bearer,roaming,apn,volume_up,volume_down,volume,call_ref,outcome,crs,start_cell,start_x,start_y,start_azimuth,start_place,' +
  'end_cell,end_x,end_y,end_azimuth,end_place,flags,source,row,offset,repeat_of').split(',')
const own = {
  subject: 1, a_number: 2, b_number: 3, c_number: 3, dialled: 3, imei: 4, imsi: 4, roaming: 5, apn: 5, volume_up: 5, volume_down: 5, volume: 5,
  call_ref: 5, crs: 6, source: 7, offset: 7,
}
const partOf = c => own[c] ?? (/^(start|end)_/.test(c) && !/_utc$/.test(c) ? 6 : 0)
const bad = words => need(false, 'rows', words)

// table cuts a canonical table into its lines, each into its fields as they stand there.
function table(bytes, header) {
  const text = bytes.toString('latin1'), lines = []
  let fields = [], from = 0, within = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"') within = !within
    else if (!within && (c === ',' || c === '\n')) {
      fields.push(text.slice(from, i))
      from = i + 1
      if (c === '\n') lines.push(fields), fields = []
    }
  }
  need(from === text.length && lines.length && lines[0].join() === header && lines.every(l => l.length === lines[0].length), 'rows', `a table is not in its form: ${header.slice(0, 20)}`)
  return lines.slice(1)
}

// leafOf returns the leaf of a row from its fields and what opens its parts.
function leafOf(fields, opened, hidden) {
  const text = p => Buffer.from(columns.flatMap((c, i) => partOf(c) === p ? [fields[i]] : []).join(), 'latin1')
  const hashes = opened.map((o, i) => {
    need(/^[0-9a-f]*$/.test(o) && o.length === (hidden.has(i + 1) ? 64 : 32), 'rows', `the part ${parts[i + 1]} is not opened as the selection says`)
    return hidden.has(i + 1) ? hex(o) : sha('part/v1\n', hex(o), text(i + 1))
  })
  return sha('\0row/v1\n', ...hashes, text(0))
}

// blank wants nothing but the agreed marks where a part is withheld.
function blank(fields, hidden, root) {
  const marks = { subject: 'none:redacted', a_number: 'none:redacted', b_number: 'none:redacted', source: root.slice(0, 16), offset: '0' }
  columns.forEach((c, i) => need(!hidden.has(partOf(c)) || fields[i] === (marks[c] ?? ''), 'rows', `text in ${c}, which is withheld`))
}

// rootOf returns the hash of the rows from..to-1, using up rows and hashes in order.
function rootOf(from, to, rows, path) {
  if (!rows.length || rows[0].index < from || rows[0].index >= to) return path.shift() ?? bad('fewer hashes than rows that are not served')
  if (to - from === 1) return rows.shift().leaf
  let half = 1
  while (half * 2 < to - from) half *= 2
  const left = rootOf(from, from + half, rows, path)
  return sha('\x01', left, rootOf(from + half, to, rows, path))
}

// verifySelected proves the rows of a dataset-selected. content gives the bytes of a
// stored payload, or nothing.
export function verifySelected(byId, e, content) {
  const d = e.p.resolvedDependencies.find(d => d.name === 'rows'), from = byId.get(d?.entry), root = d?.digest['custos-rows-v1']
  need(root && (!from || from.kind === 'rows-committed'), 'rows', `${e.where} names no commitment to rows`)
  const get = name => {
    const s = e.subject.find(s => s.name === name)
    need(s, 'rows', `${e.where} has no ${name}`)
    return content(s.digest)
  }
  const [text, events, salts, path] = ['selection', 'events', 'salts', 'path'].map(get)
  if (!from || !text || !events || !salts || !path) return // it cannot be told
  const s = read(text, selectionShape, 'selection'), left = s.withheld.reduce((n, w) => n + w.rows, 0), hidden = new Set([7, ...s.redacted.map(r => parts.indexOf(r.part))])
  const stated = [s.format, s.root, e.p.parameters?.root, e.p.parameters?.item, s.rows, s.rows, canonical(e.p.rowBalance)]
  const want = ['custos/selection/v1', root, root, s.item, from.d.count, s.shown + s.repeats + left, canonical({ outside: left, received: s.rows, repeats: s.repeats, setAside: 0, shown: s.shown })]
  need(stated.every((v, i) => v === want[i]), 'rows', `${e.where}: the selection, its entry and the commitment do not agree`)
  const rising = list => list.every((v, i) => i === 0 || v > list[i - 1])
  need(rising(s.withheld.map(w => w.rule)) && s.withheld.every(w => w.rows > 0) && rising([...hidden].slice(1)), 'rows', 'reasons or parts do not rise')
  need(!hidden.has(1) || hidden.has(2) && hidden.has(3), 'rows', 'the subject is withheld, and the parties are not')
  const rows = table(events, columns.join()), opened = table(salts, ['index', ...parts.slice(1)].join()), hashes = table(path, 'hash').map(([h]) => /^[0-9a-f]{64}$/.test(h) ? hex(h) : bad('no hash'))
  const repeats = rows.filter(r => r.at(-1) !== '').length
  need(rows.length === opened.length && repeats === s.repeats && rows.length - repeats === s.shown, 'rows', `${e.where} serves another number of rows than it says`)
  const served = rows.map((fields, i) => {
    blank(fields, hidden, root)
    need(/^(0|[1-9]\d*)$/.test(opened[i][0]), 'rows', 'no index')
    return { index: Number(opened[i][0]), leaf: leafOf(fields, opened[i].slice(1), hidden) }
  })
  const made = s.rows ? rootOf(0, s.rows, served, hashes) : sha('')
  need(!served.length && !hashes.length && made.toString('hex') === root, 'rows', `${e.where}: the rows served are not those that were committed to`)
}
