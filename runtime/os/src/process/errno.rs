//! Names of error numbers, as operators search for them: `EACCES` rather than a sentence in some language.

use rustix::io::Errno;

const NAMES: [(Errno, &str); 56] = [
    (Errno::ACCESS, "EACCES"),
    (Errno::AGAIN, "EAGAIN"),
    (Errno::BADF, "EBADF"),
    (Errno::BADMSG, "EBADMSG"),
    (Errno::BUSY, "EBUSY"),
    (Errno::CANCELED, "ECANCELED"),
    (Errno::CONNREFUSED, "ECONNREFUSED"),
    (Errno::CONNRESET, "ECONNRESET"),
    (Errno::DQUOT, "EDQUOT"),
    (Errno::EXIST, "EEXIST"),
    (Errno::FAULT, "EFAULT"),
    (Errno::FBIG, "EFBIG"),
    (Errno::HOSTDOWN, "EHOSTDOWN"),
    (Errno::HOSTUNREACH, "EHOSTUNREACH"),
    (Errno::ILSEQ, "EILSEQ"),
    (Errno::INTR, "EINTR"),
    (Errno::INVAL, "EINVAL"),
    (Errno::IO, "EIO"),
    (Errno::ISDIR, "EISDIR"),
    (Errno::LIBBAD, "ELIBBAD"),
    (Errno::LOOP, "ELOOP"),
    (Errno::MEDIUMTYPE, "EMEDIUMTYPE"),
    (Errno::MFILE, "EMFILE"),
    (Errno::MLINK, "EMLINK"),
    (Errno::NAMETOOLONG, "ENAMETOOLONG"),
    (Errno::NFILE, "ENFILE"),
    (Errno::NODATA, "ENODATA"),
    (Errno::NODEV, "ENODEV"),
    (Errno::NOENT, "ENOENT"),
    (Errno::NOEXEC, "ENOEXEC"),
    (Errno::NOLINK, "ENOLINK"),
    (Errno::NOMEDIUM, "ENOMEDIUM"),
    (Errno::NOMEM, "ENOMEM"),
    (Errno::NOSPC, "ENOSPC"),
    (Errno::NOSYS, "ENOSYS"),
    (Errno::NOTCONN, "ENOTCONN"),
    (Errno::NOTDIR, "ENOTDIR"),
    (Errno::NOTSUP, "EOPNOTSUPP"),
    (Errno::NOTTY, "ENOTTY"),
    (Errno::NXIO, "ENXIO"),
    (Errno::OVERFLOW, "EOVERFLOW"),
    (Errno::PERM, "EPERM"),
    (Errno::PIPE, "EPIPE"),
    (Errno::PROTO, "EPROTO"),
    (Errno::RANGE, "ERANGE"),
    (Errno::REMOTEIO, "EREMOTEIO"),
    (Errno::ROFS, "EROFS"),
    (Errno::SPIPE, "ESPIPE"),
    (Errno::SRCH, "ESRCH"),
    (Errno::STALE, "ESTALE"),
    (Errno::TIMEDOUT, "ETIMEDOUT"),
    (Errno::TOOBIG, "E2BIG"),
    (Errno::TXTBSY, "ETXTBSY"),
    (Errno::UCLEAN, "EUCLEAN"),
    (Errno::USERS, "EUSERS"),
    (Errno::XDEV, "EXDEV"),
];

/// Returns the symbolic name of an error number; `E` and the number where it has none here.
#[must_use]
pub fn name(errno: Errno) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == errno);
    known.map_or_else(|| format!("E{}", errno.raw_os_error()), |(_, name)| (*name).to_owned())
}

/// Returns libc's text for the error of this name; `None` if there is no such error.
#[must_use]
pub fn meaning(name: &str) -> Option<String> {
    let (errno, _) = NAMES.iter().find(|(_, known)| *known == name)?;
    let text = std::io::Error::from(*errno).to_string();
    // The standard library adds the number.
    let words = text.split(" (os error").next().unwrap_or_default();
    // musl knows fewer numbers than the kernel.
    Some(words.to_lowercase()).filter(|words| !words.starts_with("no error") && !words.starts_with("unknown error"))
}

/// Name and meaning: `EACCES (permission denied)`.
#[must_use]
pub fn explained(errno: Errno) -> String {
    let name = name(errno);
    match meaning(&name) {
        Some(meaning) => format!("{name} ({meaning})"),
        None => name,
    }
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
        assert_eq!(meaning("EACCES").as_deref(), Some("permission denied"));
        assert_eq!((meaning("E4000"), meaning("an error")), (None, None));
        assert_eq!(explained(Errno::TXTBSY), "ETXTBSY (text file busy)");
        assert_eq!(explained(Errno::from_raw_os_error(4000)), "E4000");
        for (errno, name) in NAMES {
            assert_eq!(self::name(errno), name, "two names for one number");
            let told = explained(errno);
            assert!(
                told.starts_with(name) && !told.contains("error information") && !told.contains("(unknown"),
                "{told}"
            );
        }
        assert_eq!(name_of(&std::io::Error::from_raw_os_error(libc::EAGAIN)), "EAGAIN");
    }
}
