package remote

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
)

// uploader copies to one machine.
type uploader struct{ *sftp.Client }

// text writes text to a file. It has no name of its own, so an existing directory cannot take it.
func (u uploader) text(text, dest string) error {
	isDir, err := u.isDir(dest)
	if err != nil {
		return err
	}
	if isDir {
		return fmt.Errorf("remote path %s is a directory: a StringAsset needs a file's path", dest)
	}
	return u.write(strings.NewReader(text), dest)
}

// path copies a local file or directory:
//
//	source | dest is a directory    | nothing at dest        | dest is a file
//	dir    | to dest/dir            | to dest/dir            | error
//	dir/   | its entries into dest  | its entries into dest  | error
//	file   | to dest/file           | to dest                | overwritten
func (u uploader) path(source, dest string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	isDir, err := u.isDir(dest)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if isDir {
			dest = path.Join(dest, filepath.Base(source))
		}
		return u.file(source, dest)
	}
	if !strings.HasSuffix(source, "/") {
		dest = path.Join(dest, filepath.Base(source))
	}
	return filepath.WalkDir(source, func(local string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, local)
		if err != nil {
			return err
		}
		remote := path.Join(dest, filepath.ToSlash(relative))
		if !entry.IsDir() {
			return u.file(local, remote)
		}
		if err := u.MkdirAll(remote); err != nil {
			return fmt.Errorf("failed to create remote directory %s: %w", remote, err)
		}
		return nil
	})
}

func (u uploader) file(source, dest string) error {
	local, err := os.Open(source)
	if err != nil {
		return err
	}
	defer local.Close()
	return u.write(local, dest)
}

// write writes a whole file, its parent directories first. An error at close is an error: the last bytes count too.
func (u uploader) write(content io.Reader, dest string) error {
	if err := u.MkdirAll(path.Dir(dest)); err != nil {
		return fmt.Errorf("failed to create the parent directories of remote path %s: %w", dest, err)
	}
	remote, err := u.Create(dest)
	if err != nil {
		return fmt.Errorf("failed to create remote file %s: %w", dest, err)
	}
	_, err = remote.ReadFrom(content)
	if err = errors.Join(err, remote.Close()); err != nil {
		return fmt.Errorf("failed to copy to remote path %s: %w", dest, err)
	}
	return nil
}

// isDir tells whether the remote path is an existing directory.
func (u uploader) isDir(remote string) (bool, error) {
	info, err := u.Stat(remote)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("failed to stat remote path %s: %w", remote, err)
	}
	return info.IsDir(), nil
}
