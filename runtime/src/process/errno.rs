//! Names of error numbers, as operators search for them: `EACCES` rather than a sentence in some language.

use rustix::io::Errno;

macro_rules! names {
    ($errno:expr; $($short:ident $name:literal),* $(,)?) => {
        match $errno {
            $(Errno::$short => Some($name),)*
            _ => None,
        }
    };
}

/// The symbolic name of an error number; `E` and the number where it has none here.
#[must_use]
pub fn name(errno: Errno) -> String {
    let known = names!(errno;
        ACCESS "EACCES", AGAIN "EAGAIN", BADF "EBADF", BADMSG "EBADMSG", BUSY "EBUSY", CANCELED "ECANCELED",
        CONNREFUSED "ECONNREFUSED", CONNRESET "ECONNRESET", DQUOT "EDQUOT", EXIST "EEXIST", FAULT "EFAULT",
        FBIG "EFBIG", HOSTDOWN "EHOSTDOWN", HOSTUNREACH "EHOSTUNREACH", ILSEQ "EILSEQ", INTR "EINTR", INVAL "EINVAL", IO "EIO",
        ISDIR "EISDIR", LIBBAD "ELIBBAD", LOOP "ELOOP", MEDIUMTYPE "EMEDIUMTYPE", MFILE "EMFILE", MLINK "EMLINK",
        NAMETOOLONG "ENAMETOOLONG", NFILE "ENFILE", NODATA "ENODATA", NODEV "ENODEV", NOENT "ENOENT",
        NOEXEC "ENOEXEC", NOLINK "ENOLINK", NOMEDIUM "ENOMEDIUM", NOMEM "ENOMEM", NOSPC "ENOSPC", NOSYS "ENOSYS",
        NOTCONN "ENOTCONN", NOTDIR "ENOTDIR", NOTSUP "EOPNOTSUPP", NOTTY "ENOTTY", NXIO "ENXIO",
        OVERFLOW "EOVERFLOW", PERM "EPERM", PIPE "EPIPE", PROTO "EPROTO", RANGE "ERANGE", REMOTEIO "EREMOTEIO",
        ROFS "EROFS", SPIPE "ESPIPE", SRCH "ESRCH", STALE "ESTALE", TIMEDOUT "ETIMEDOUT", TOOBIG "E2BIG",
        TXTBSY "ETXTBSY", UCLEAN "EUCLEAN", USERS "EUSERS", XDEV "EXDEV",
    );
    known.map_or_else(|| format!("E{}", errno.raw_os_error()), str::to_owned)
}

/// [`name`] for an error of the standard library; `EIO` where it carries no number.
#[must_use]
pub fn name_of(error: &std::io::Error) -> String {
    name(Errno::from_io_error(error).unwrap_or(Errno::IO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_own_name() {
        assert_eq!(name(Errno::TOOBIG), "E2BIG");
        assert_eq!(name(Errno::from_raw_os_error(libc::ETXTBSY)), "ETXTBSY");
        assert_eq!(name(Errno::from_raw_os_error(4000)), "E4000");
        assert_eq!(name_of(&std::io::Error::from_raw_os_error(libc::EAGAIN)), "EAGAIN");
    }
}
