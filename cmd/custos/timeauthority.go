package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"custos.example/custody"
	"custos.example/ledger/timestamp/authority"
)

// timestampAuthority is a small authority of one's own.
func timestampAuthority() *cobra.Command {
	var listen, folder, name string
	c := &cobra.Command{
		Use: "authority", Short: "run a small authority of time, for a demonstration or a test", Args: cobra.NoArgs,
		Long: "authority answers RFC 3161 requests until interrupted. It makes its keys and certificates in --folder, root.pem\n" +
			"among them. Its word is its owner's: run by the office that keeps the log, it shows nothing to others.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if folder == "" {
				return fmt.Errorf("%w: say with --folder where its keys are, or are to be", errUsage)
			}
			a, err := openAuthority(folder, name)
			if err != nil {
				return err
			}
			listener, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return fmt.Errorf("listen on %s: %w: %w", listen, custody.ErrInvalid, err)
			}
			server := &http.Server{Handler: authority.NewServer(a, time.Now), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second}
			stop := make(chan struct{})
			go func() {
				defer close(stop)
				<-cmd.Context().Done()
				_ = server.Close()
			}()
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "custos: an authority of time for tests answers on http://%s; its root is %s; interrupt to stop\n",
				listener.Addr(), filepath.Join(folder, "root.pem"))
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			<-stop
			return nil
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8461", "address")
	c.Flags().StringVar(&folder, "folder", "", "folder of its key and certificates")
	c.Flags().StringVar(&name, "name", "Test authority of time", "name in its certificates")
	return c
}

const (
	authorityKey   = "stamps.key"
	authorityChain = "stamps.pem"
	authorityRoot  = "root.pem"
)

// openAuthority opens the authority in a folder, making it if there is none. The
// key of its root is thrown away: nobody can make a second signer under it.
func openAuthority(folder, name string) (*authority.Authority, error) {
	root, err := os.ReadFile(filepath.Join(folder, authorityRoot)) //nolint:gosec // the user's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return createAuthority(folder, name)
	}
	if err != nil {
		return nil, err
	}
	a := &authority.Authority{}
	if a.Root, err = certificateIn(root); err != nil {
		return nil, err
	}
	chain, err := os.ReadFile(filepath.Join(folder, authorityChain)) //nolint:gosec // the user's own folder
	if err != nil {
		return nil, err
	}
	signer, err := certificateIn(chain)
	if err != nil {
		return nil, err
	}
	a.Chain = []*x509.Certificate{signer}
	text, err := os.ReadFile(filepath.Join(folder, authorityKey)) //nolint:gosec // the user's own folder
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s in %s is not a key: %w", authorityKey, folder, custody.ErrInvalid)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s in %s is not a key: %w: %w", authorityKey, folder, custody.ErrInvalid, err)
	}
	signing, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s in %s cannot sign: %w", authorityKey, folder, custody.ErrInvalid)
	}
	a.Key = signing
	return a, nil
}

// createAuthority makes keys and certificates for ten years.
func createAuthority(folder, name string) (*authority.Authority, error) {
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	from := time.Now().Add(-time.Hour)
	a, err := authority.New(name, root, key, from, from.AddDate(10, 0, 0), rand.Reader)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name, kind string
		data       []byte
	}{{authorityKey, "PRIVATE KEY", private}, {authorityChain, "CERTIFICATE", a.Chain[0].Raw}, {authorityRoot, "CERTIFICATE", a.Root.Raw}} {
		text := pem.EncodeToMemory(&pem.Block{Type: file.kind, Bytes: file.data})
		if err := os.WriteFile(filepath.Join(folder, file.name), text, 0o600); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// certificateIn returns the certificate of a PEM file.
func certificateIn(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("a certificate of the authority is damaged: %w", custody.ErrInvalid)
	}
	return x509.ParseCertificate(block.Bytes)
}
