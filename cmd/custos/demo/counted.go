package demo

import (
	"context"
	"io"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/blob"
)

// counted counts what goes through the encryption of payloads on its way. It is
// used by one goroutine.
type counted struct {
	custody.Blobs
	blob.Work
}

// Put counts what is kept.
func (c *counted) Put(ctx context.Context, id custody.CaseID, r io.Reader) (custody.Blob, error) {
	kept, err := c.Blobs.Put(ctx, id, r)
	c.Sealed += kept.Size
	return kept, err
}

// Writer counts what is written.
func (c *counted) Writer(ctx context.Context, id custody.CaseID) (custody.PayloadWriter, error) {
	w, err := c.Blobs.Writer(ctx, id)
	return countedWriter{w, c}, err
}

type countedWriter struct {
	custody.PayloadWriter
	*counted
}

// Write counts b.
func (c countedWriter) Write(b []byte) (int, error) {
	c.Sealed += int64(len(b))
	return c.PayloadWriter.Write(b)
}

// Open counts what is read.
func (c *counted) Open(ctx context.Context, id custody.CaseID, address string) (custody.Content, error) {
	content, err := c.Blobs.Open(ctx, id, address)
	return countedContent{content, c}, err
}

type countedContent struct {
	custody.Content
	*counted
}

// ReadAt counts b.
func (c countedContent) ReadAt(b []byte, off int64) (int, error) {
	c.Opened += int64(len(b))
	return c.Content.ReadAt(b, off)
}

// Scratch counts both ways.
func (c *counted) Scratch(ctx context.Context, id custody.CaseID) (analysis.Scratch, error) {
	s, err := c.Blobs.Scratch(ctx, id)
	return countedScratch{s, c}, err
}

type countedScratch struct {
	analysis.Scratch
	*counted
}

// Write counts b.
func (c countedScratch) Write(b []byte) (int, error) {
	c.ScratchSealed += int64(len(b))
	return c.Scratch.Write(b)
}

// ReadAt counts b.
func (c countedScratch) ReadAt(b []byte, off int64) (int, error) {
	c.ScratchOpened += int64(len(b))
	return c.Scratch.ReadAt(b, off)
}

var _ custody.Blobs = (*counted)(nil)
