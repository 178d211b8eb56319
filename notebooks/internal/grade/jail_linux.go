package grade

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// newJail finds out, by trying, whether answers can have namespaces of their own.
func newJail(ctx context.Context) *jail {
	j := &jail{closed: true}
	var err error
	if j.self, err = os.Executable(); err == nil {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		var root string
		if root, err = os.MkdirTemp("", "socketbook-jail-"); err == nil {
			defer os.Remove(root)
			cmd := exec.CommandContext(ctx, j.self)
			cmd.Dir = root
			o := limits
			o.Root = root
			if err = j.order(cmd, o); err == nil {
				var said []byte
				if said, err = cmd.CombinedOutput(); err != nil && len(said) > 0 {
					err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(said)))
				}
			}
		}
	}
	if err != nil {
		j.closed, j.why = false, err.Error()
	}
	return j
}

// inside is the user that an answer is in its own namespace: no root, so that it
// loses all privileges when it becomes the program.
const inside = 1000

// separate gives a process namespaces of its own.
func separate(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	if attr == nil {
		attr = &syscall.SysProcAttr{}
	}
	attr.Cloneflags |= syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: inside, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: inside, HostID: os.Getegid(), Size: 1}}
	// Without it the privilege to mount would end where this program starts anew in
	// the namespaces, as anybody but root. restrict gives it up.
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN}
	attr.Pdeathsig = syscall.SIGKILL
	return attr
}

// lockUp makes o.Root, with nothing but the program and a small temporary folder in
// it, the root of this process. It returns where the program is then.
func lockUp(o orders) (string, error) {
	step := func(what string, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
	if err := step("mount private", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")); err != nil {
		return "", err
	}
	if err := step("mount tmpfs", unix.Mount("answer", o.Root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=64m,nr_inodes=1024,mode=755")); err != nil {
		return "", err
	}
	if o.Program != "" {
		if err := copyFile(filepath.Join(o.Root, "answer"), o.Program); err != nil {
			return "", err
		}
	}
	for _, dir := range []string{"tmp", "old"} {
		if err := os.Mkdir(filepath.Join(o.Root, dir), 0o755); err != nil {
			return "", err
		}
	}
	if err := step("pivot_root", unix.PivotRoot(o.Root, filepath.Join(o.Root, "old"))); err != nil {
		return "", err
	}
	if err := os.Chdir("/tmp"); err != nil {
		return "", err
	}
	if err := step("unmount", unix.Unmount("/old", unix.MNT_DETACH)); err != nil {
		return "", err
	}
	_ = os.Remove("/old")
	return "/answer", nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}

// restrict sets the limits of this process and of what it becomes.
func restrict(o orders) error {
	if o.Root != "" {
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
			return err
		}
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	list := map[int]uint64{
		unix.RLIMIT_CPU: o.CPU, unix.RLIMIT_FSIZE: o.Text, unix.RLIMIT_NOFILE: o.Files, unix.RLIMIT_CORE: 0, unix.RLIMIT_DATA: o.Data,
	}
	if o.Root != "" { // counted for this namespace alone
		list[unix.RLIMIT_NPROC] = 128
	}
	for what, most := range list {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("limit %d: %w", what, err)
		}
	}
	return nil
}
