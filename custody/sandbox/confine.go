package sandbox

// Confinement is what a reader on this kind of machine cannot do, in words.
type Confinement struct {
	System   string   `json:"system"`
	Enforced []string `json:"enforced"`
	Missing  []string `json:"missing,omitempty"`
}
