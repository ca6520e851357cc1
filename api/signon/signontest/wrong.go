package signontest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// Wrong is a token that nobody may be let in by.
type Wrong struct {
	Name, Token string
	Words       string // of the reason that is given
}

// Wrong returns wrong tokens that speak of a subject at an instant. What is wrong with
// each is one thing: everything else is as in a right token.
func (p *Provider) Wrong(subject string, at time.Time) []Wrong {
	good := p.Claims(subject, at)
	right := func(claims map[string]any) string { return p.Token("RS256", "r", claims, nil) }
	parts := strings.Split(right(good), ".")
	other := strings.Split(right(p.Claims("somebody-else", at)), ".")
	p.weak()
	return append(p.wrongClaims(subject, at), []Wrong{
		{"alg none", p.Token("none", "r", good, nil), "no signed JSON web token"},
		{"alg none, with a signature", unsigned(good) + "." + parts[2], "not signed in a way that is taken"},
		{"HS256 under the RSA public key", p.Token("HS256", "r", good, nil), "not signed in a way that is taken"},
		{"HS256 under a secret that the provider shows", p.Token("HS256", "secret", good, nil), "not signed in a way that is taken"},
		{"PS256, which is not on the list", p.Token("PS256", "r", good, nil), "not signed in a way that is taken"},
		{"RS256 said of an ECDSA key", p.Token("RS256", "e", good, nil), "signature is false"},
		{"ES256 said of an Ed25519 key", p.Token("ES256", "d", good, nil), "signature is false"},
		{"another curve under ES256", p.Token("ES256", "p384", good, nil), "no such key"},
		{"a key of 1024 bits", p.Token("RS256", "short", good, nil), "no such key"},
		{"a key for encryption", p.Token("RS256", "enc", good, nil), "no such key"},
		{"a key said to be for PS256", p.Token("RS256", "ps", good, nil), "no such key"},
		{"unknown key", p.Token("RS256", "strange", good, nil), "no such key"},
		{"unknown key under a known name", p.Token("RS256", "strange", good, map[string]any{"kid": "r"}), "signature is false"},
		{"unknown key without a name", p.Token("RS256", "strange", good, map[string]any{"kid": nil}), "no such key"},
		{"a key that it brings along", p.Token("RS256", "strange", good, map[string]any{"jwk": p.shown("strange")}), "no such key"},
		{"a key at an address that it names", p.Token("RS256", "strange", good, map[string]any{"jku": p.Issuer + "/keys"}), "no such key"},
		{"another's signature", parts[0] + "." + parts[1] + "." + other[2], "signature is false"},
		{"another's claims", parts[0] + "." + other[1] + "." + parts[2], "signature is false"},
		{"no signature", parts[0] + "." + parts[1] + ".", "no signed JSON web token"},
		{"an empty signature of one sign", parts[0] + "." + parts[1] + ".A", "not written as"},
		{"filled up with =", parts[0] + "." + parts[1] + "." + parts[2] + "=", "no signed JSON web token"},
		{"too long", p.Token("RS256", "r", map[string]any{"more": strings.Repeat("x", 16<<10)}, nil), "no signed JSON web token"},
	}...)
}

// wrongClaims are rightly signed tokens that say something wrong.
func (p *Provider) wrongClaims(subject string, at time.Time) []Wrong {
	with := func(change func(c map[string]any)) map[string]any {
		c := p.Claims(subject, at)
		change(c)
		return c
	}
	set := func(name string, value any) map[string]any {
		return with(func(c map[string]any) { c[name] = value })
	}
	without := func(name string) map[string]any {
		return with(func(c map[string]any) { delete(c, name) })
	}
	right := func(claims map[string]any) string { return p.Token("RS256", "r", claims, nil) }
	header := func(more map[string]any) string { return p.Token("RS256", "r", p.Claims(subject, at), more) }
	return []Wrong{
		{"a critical member", header(map[string]any{"crit": []string{"b64"}, "b64": true}), "not understood"},
		{"a notice of the end of a session", header(map[string]any{"typ": "logout+jwt"}), "not an ID token or an access token"},
		{"a proof of possession", header(map[string]any{"typ": "dpop+jwt"}), "not an ID token or an access token"},
		{"events", right(set("events", map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}})), "a notice of the issuer"},
		{"bound to a key", right(set("cnf", map[string]any{"jkt": "x"})), "bound to a key"},
		{"wrong issuer", right(set("iss", "https://login.example")), "not of the issuer"},
		{"issuer with a slash", right(set("iss", p.Issuer+"/")), "not of the issuer"},
		{"no issuer", right(without("iss")), "not of the issuer"},
		{"wrong audience", right(set("aud", "another.example")), "not for the audience"},
		{"no audience", right(without("aud")), "not for the audience"},
		{"another audience beside", right(set("aud", []string{Audience, "another.example"})), "for the audience " + Audience + " alone"},
		{"expired", right(with(func(c map[string]any) {
			c["iat"], c["nbf"], c["exp"] = back(at, 2*time.Hour), back(at, 2*time.Hour), back(at, time.Hour)
		})), "it ended at"},
		{"expired this second", right(with(func(c map[string]any) {
			c["iat"], c["nbf"], c["exp"] = back(at, time.Hour), back(at, time.Hour), at.Unix()
		})), "it ended at"},
		{"without end", right(without("exp")), "it ended at"},
		{"an end in words", right(set("exp", "tomorrow")), "not of the issuer"},
		{"too old, though it has not ended", right(with(func(c map[string]any) { c["iat"], c["exp"] = back(at, 12*time.Hour), at.AddDate(1, 0, 0).Unix() })), "older than"},
		{"not yet good", right(set("nbf", at.Add(2*time.Minute).Unix())), "not good yet"},
		{"not good for long", right(set("nbf", at.Add(time.Hour/2).Unix())), "not yet good"},
		{"issued later", right(set("iat", at.Add(2*time.Minute).Unix())), "not good yet"},
		{"not said when it was issued", right(without("iat")), "when it was issued"},
		{"no subject", right(without("sub")), "no subject"},
		{"a subject that is no text", right(set("sub", 7)), "not of the issuer"},
		{"a second spelling of the subject", right(with(func(c map[string]any) { c["sub"], c["Sub"] = "somebody-else", subject })), "spelled like"},
	}
}

// Right returns right tokens of a subject, each in another of the ways that are taken.
func (p *Provider) Right(subject string, at time.Time) map[string]string {
	good := p.Claims(subject, at)
	list := maps.Clone(good)
	list["aud"] = []string{Audience}
	plain := maps.Clone(good)
	delete(plain, "nbf")
	return map[string]string{
		"RS256": p.Token("RS256", "r", good, nil), "ES256": p.Token("ES256", "e", good, nil), "EdDSA": p.Token("EdDSA", "d", good, nil),
		"an access token": p.Token("ES256", "e", good, map[string]any{"typ": "at+jwt"}), "without a type": p.Token("ES256", "e", good, map[string]any{"typ": nil}),
		"a list of one audience": p.Token("ES256", "e", list, nil), "without a beginning": p.Token("ES256", "e", plain, nil),
		"without a name of the key": p.Token("EdDSA", "d", good, map[string]any{"kid": nil}),
	}
}

// weak makes the provider hold and show keys that are not to be used.
func (p *Provider) weak() {
	p.mu.Lock()
	_, done := p.keys["strange"]
	p.mu.Unlock()
	if done {
		return
	}
	made := func(bits int) *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return key
	}
	big, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	p.Give("p384", big, nil)
	p.Give("short", made(1024), nil)
	p.Give("enc", made(2048), map[string]any{"use": "enc"})
	p.Give("ps", made(2048), map[string]any{"alg": "PS256"})
	p.Give("secret", []byte("0123456789abcdef0123456789abcdef"), nil)
	p.Give("strange", made(2048), nil)
}

// shown returns the public half of a key as it would be shown, and stops showing it.
func (p *Provider) shown(name string) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := p.given[name]
	delete(p.given, name)
	return key
}

// unsigned is an unsigned token without the place of its signature.
func unsigned(claims map[string]any) string {
	header, _ := json.Marshal(map[string]any{"alg": "none", "kid": "r", "typ": "JWT"})
	text, _ := json.Marshal(claims)
	return b64(header) + "." + b64(text)
}

func back(at time.Time, by time.Duration) int64 { return at.Add(-by).Unix() }
