//go:build !linux

package faults_test

import "errors"

func lieAboutFlushing() error { return errors.New("only Linux can be made to lie about flushing") }
