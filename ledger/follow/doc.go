// Package follow owns what an outsider can see of a published log without anybody's
// leave: it reads the public checkpoint and tiles, remembers every head that it
// was shown, and raises an alarm when the log forgets, splits, stands still or
// shows itself without its co-signers.
//
// It signs nothing, holds no key but public ones, and believes nothing that is not
// under the log's own signature.
package follow
