// The closed list of kinds (6): on which chains a kind stands, what its subjects
// are called, and the shape of its detail.
import { S } from './canonical.mjs'

export const chainKinds = ['organisation', 'work', 'reads', 'keys']

const step = S('module:hex name:text source:hex version:int')
const head = S('commitment:hex n:int')
export const stepShape = step, headShape = head

const kind = (chains, subjects, detail, more = {}) => ({ chains: chains.split(' '), subjects: subjects.split(' '), detail, ...more })
const run = { step: true }

export const kinds = {
  'log-opened': kind('keys', 'record', S('keysNonce:hex organisationNonce:hex origin:text')),
  'key-enrolled': kind('keys', 'record', { ...S('heldBy:service|holder holder:text key:hex name:text public:key'), roles: ['text'] }),
  'key-revoked': kind('keys', 'record', S('key:hex reason:text')),
  'policy-released': kind('keys', 'record', S('name:text release:hex')),
  'role-changed': kind('keys', 'record', S('from:time person:text reason:text role:text until:time')),
  'ceremony-held': kind('keys', 'transcript', { officers: ['text'], purpose: 'text' }),
  'log-closed': kind('keys', 'record', S('next:text reason:text')),
  'case-registered': kind('organisation', 'record', S('case:text readsChain:hex workChain:hex')),
  'payload-erased': kind('organisation', 'record', { ...S('digest:digest order:text'), recipients: ['text'] }),
  'log-linked': kind('organisation', 'record', S('origin:text reason:text root:hex size:int')),
  'erasure-ordered': kind('organisation', 'record', { ...S('case:text ground:text notBefore:time order:text'), digests: ['digest'] }),
  'erasure-decided': kind('organisation', 'record', S('decision:approved|cancelled order:id reason:text')),
  'clock-stepped': kind('organisation', 'record', S('after:time before:time')),
  'time-stamped': kind('organisation', 'token', S('authority:text imprint:hex size:int time:time')),
  'standing-recorded': kind('organisation', 'standing', S('person:text')),
  'policy-proposed': kind('organisation', 'rules', S('name:text release:hex')),
  'policy-approved': kind('organisation', 'record', S('release:hex')),
  'case-opened': kind('work', 'record', { ...S('case:text marking?:official|official-sensitive|secret nonce:hex readsChain:hex reference:text title:text'), assigned: ['text'] }),
  'case-assigned': kind('work', 'assignment', S('from:time person:text until:time')),
  'application-recorded': kind('work', 'application', S('reference:text')),
  'authority-recorded': kind('work', 'authority', S('reference:text regime:text')),
  'evidence-received': kind('work', 'source', S('credit?:text fileName:text from:text item:text reference?:base-map|cell-table|opaque size:int')),
  'source-decided': kind('work', 'decision', S('confirmed?:source-row|typed-twice item:text question:text')),
  'import-failed': kind('work', 'record', S('item:text reason:text')),
  'dataset-normalised': kind('work', '*', S('item:text'), run),
  'rows-committed': kind('work', 'rows', S('count:int dataset:id')),
  'dataset-selected': kind('work', '*', S('title:text'), run),
  'analysis-run': kind('work', '*', S('title:text'), run),
  'exhibit-produced': kind('work', '*', { ...S('changed?:text expert?:text reference:text title:text version:int'), renders: [{ step, subject: 'text' }] }),
  'exhibit-checked': kind('work', 'record', S('exhibit:id result:agrees')),
  'bundle-made': kind('work', 'record', {
    heads: { keys: head, reads: head, work: head }, manifest: 'hex', withheld: [S('n:int reason:not-relevant|another-person|sensitive|privileged|erased')],
  }),
  'exhibit-served': kind('work', 'record', S('bundle:id means:text to:text')),
  'material-disclosed': kind('work', 'record', { material: ['id'], ...S('means:text to:text') }),
  'material-revealed': kind('work', 'record', { material: ['id'], ...S('means:text to:text') }),
  'item-received': kind('work', 'record', S('description:text from:text item:text seal?:text')),
  'item-transferred': kind('work', 'record', S('from:text item:text reason:text seal?:text to:text')),
  'item-handled': kind('work', 'handling *', S('item:text')),
  'transfer-recorded': kind('work', 'transfer *', S('state:offered|accepted|refused|withdrawn transfer?:id')),
  'register-recorded': kind('work organisation', 'row *', S('about?:id name:text register:cost|delivery|disclosure|extraction|note|organisation|place|retention|sharing|sign-on|submission')),
  'report-made': kind('work organisation', '*', S('title:text')),
  'permission-asked': kind('work', 'request', S('about:excess|unmasking|further-use|inspection')),
  'permission-decided': kind('work', 'reasons', S('decision:approved|refused|withdrawn request:id')),
  'error-recorded': kind('work', 'error', S('error:text state:open|reported|closed type:reportable|recordable')),
  'copy-issued': kind('work', 'copy', S('copy:int of:id')),
  'copy-disposed': kind('work', 'disposal', S('copy:int')),
  'hold-placed': kind('work organisation', 'record', S('case:text ground:text hold:text')),
  'hold-lifted': kind('work organisation', 'record', S('case:text hold:text reason:text')),
  'defect-recorded': kind('work organisation', 'record', {
    ...S('defect:text effect:text state:open|mended|withdrawn title:text'), entries: ['id'], steps: ['text'],
  }),
  'access-decided': kind('reads organisation', 'decision', { ...S('action:text allowed:bool asOf:int release:hex until:time'), rules: ['text'] }),
}
