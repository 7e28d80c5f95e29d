//! Errors of the operating system, in the readers' language. Knows their kinds, and asks no system for anything.

use std::io::{Error, ErrorKind};

use crate::lang::Words;

/// What the operating system says of an error, in each language: it speaks its own. Rare errors stay in its words.
#[must_use]
pub fn os_error(error: &Error) -> Words {
    let words = match error.kind() {
        ErrorKind::AddrInUse => ["endereço já em uso", "address already in use"],
        ErrorKind::AddrNotAvailable => [
            "este endereço não é desta máquina",
            "the address is not one of this machine",
        ],
        ErrorKind::AlreadyExists => ["o arquivo já existe", "the file already exists"],
        ErrorKind::BrokenPipe => ["o outro lado já fechou", "the other side has closed"],
        ErrorKind::ConnectionAborted => ["conexão abortada", "connection aborted"],
        ErrorKind::ConnectionRefused => ["conexão recusada", "connection refused"],
        ErrorKind::ConnectionReset => [
            "conexão encerrada pelo outro lado (RST)",
            "connection reset by the other side",
        ],
        ErrorKind::FileTooLarge => ["o arquivo é grande demais", "the file is too large"],
        ErrorKind::HostUnreachable => ["a máquina não pode ser alcançada", "host unreachable"],
        ErrorKind::IsADirectory => ["é uma pasta", "it is a folder"],
        ErrorKind::NetworkUnreachable => ["a rede não pode ser alcançada", "network unreachable"],
        ErrorKind::NotADirectory => ["não é uma pasta", "it is no folder"],
        ErrorKind::NotFound => ["não existe", "no such file or folder"],
        ErrorKind::OutOfMemory => ["falta memória", "out of memory"],
        ErrorKind::PermissionDenied => ["permissão negada", "permission denied"],
        ErrorKind::ReadOnlyFilesystem => [
            "o sistema de arquivos só permite leitura",
            "read-only file system",
        ],
        ErrorKind::StorageFull => ["não há espaço no disco", "no space left on the disk"],
        ErrorKind::TimedOut => ["o tempo acabou", "timed out"],
        ErrorKind::UnexpectedEof => ["acabou antes do fim", "it ended too early"],
        _ => return Words::same(error.to_string()),
    };
    words.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_told_in_the_readers_language() {
        let refused = os_error(&Error::from(ErrorKind::ConnectionRefused));
        assert_eq!(refused.pt, "conexão recusada");
        assert_eq!(refused.en, "connection refused");
        let other = os_error(&Error::other("only the system knows"));
        assert_eq!(other.pt, "only the system knows");
    }
}
