package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Copy is a second copy of a payload folder, from which what was lost or changed
// can be fetched.
// Trust: none. Whatever comes from it is opened under the keys held here and
// hashed before it is kept.
type Copy interface {
	// Open returns a file of the copy. Shape: name as below blobs/, with slashes.
	// Errors: fs.ErrNotExist.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Keys returns the addresses that have a key file in a folder of the copy.
	Keys(ctx context.Context, folder string) ([]string, error)
}

// FolderCopy is a copy of a data folder, or of the blobs folder in one.
func FolderCopy(dir string) (Copy, error) {
	for _, root := range []string{filepath.Join(dir, "blobs"), dir} {
		entries, err := os.ReadDir(root)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open the copy: %w", err)
		}
		for _, entry := range entries {
			if _, ok := parseScope(entry.Name()); ok && entry.IsDir() {
				root, err := os.OpenRoot(root)
				if err != nil {
					return nil, fmt.Errorf("open the copy: %w", err)
				}
				return folderCopy{root}, nil
			}
		}
	}
	return nil, fmt.Errorf("%s holds no payloads: name a copy of the data folder: %w", dir, ErrInvalid)
}

type folderCopy struct{ root *os.Root }

func (c folderCopy) Open(_ context.Context, name string) (io.ReadCloser, error) {
	f, err := c.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s in the copy is no regular file: %w", name, ErrInvalid)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (c folderCopy) Keys(_ context.Context, folder string) ([]string, error) {
	f, err := c.root.Open(filepath.FromSlash(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	var keys []string
	for _, name := range names {
		if address, ok := strings.CutSuffix(name, keySuffix); ok && isAddress(address) {
			keys = append(keys, address)
		}
	}
	return keys, nil
}

// How a copy behind a URL is asked.
const (
	copyTimeout = 10 * time.Minute
	maxListing  = 16 << 20
)

// URLCopy is a copy of a blobs folder that a web server shows, with listings of
// its folders. Only that server is asked; a redirection is refused.
// Errors: ErrInvalid.
func URLCopy(base string) (Copy, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not the http or https address of a copy: %w", base, ErrInvalid)
	}
	return urlCopy{u, &http.Client{
		Timeout:       copyTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

type urlCopy struct {
	base   *url.URL
	client *http.Client
}

func (c urlCopy) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.JoinPath(name).String(), nil)
	if err != nil {
		return nil, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the copy: %w", err)
	}
	switch response.StatusCode {
	case http.StatusOK:
		return response.Body, nil
	case http.StatusNotFound, http.StatusGone:
		return nil, errors.Join(fmt.Errorf("%s: %w", name, fs.ErrNotExist), response.Body.Close())
	}
	return nil, errors.Join(fmt.Errorf("the copy answers %s", response.Status), response.Body.Close())
}

var keyInListing = regexp.MustCompile(`[0-9a-f]{64}\.key`)

func (c urlCopy) Keys(ctx context.Context, folder string) ([]string, error) {
	r, err := c.Open(ctx, folder+"/")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, maxListing))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	var keys []string
	for _, name := range keyInListing.FindAll(text, -1) {
		keys = append(keys, strings.TrimSuffix(string(name), keySuffix))
	}
	return keys, nil
}
