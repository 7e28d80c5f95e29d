//! What readers call a server's message: in Portuguese and in English.

use super::{NoticeKind, Reason, ReplyKind};

impl ReplyKind {
    /// What it is called, in Portuguese and in English, without an article.
    #[must_use]
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            ReplyKind::Notice(kind) => notice_words(kind),
            ReplyKind::Refused(reason) => refusal_words(reason),
        }
    }
}

const fn notice_words(kind: NoticeKind) -> [&'static str; 2] {
    match kind {
        NoticeKind::Greeting => ["saudação", "greeting"],
        NoticeKind::Prompt => ["pedido do apelido", "prompt for the nickname"],
        NoticeKind::Ready => ["sinal de prontidão", "ready sign"],
        NoticeKind::Welcome => ["boas-vindas", "welcome"],
        NoticeKind::Present => ["aviso de quem está", "notice of who is there"],
        NoticeKind::Joined => ["aviso de entrada", "notice of joining"],
        NoticeKind::Said => ["confirmação", "acknowledgement"],
        NoticeKind::Delivered => ["mensagem entregue", "delivered message"],
        NoticeKind::Told => ["confirmação da privada", "acknowledgement (private)"],
        NoticeKind::Whispered => ["mensagem privada entregue", "delivered private message"],
        NoticeKind::Listing => ["lista de usuários", "list of users"],
        NoticeKind::Bye => ["despedida", "farewell"],
        NoticeKind::Left => ["aviso de saída", "notice of leaving"],
        NoticeKind::Lost => ["aviso de queda", "notice of a lost client"],
    }
}

const fn refusal_words(reason: Reason) -> [&'static str; 2] {
    match reason {
        Reason::NameInUse => ["recusa: apelido em uso", "refusal: nickname in use"],
        Reason::NameBlank => ["recusa: apelido em branco", "refusal: blank nickname"],
        Reason::NameInvalid => ["recusa: apelido inválido", "refusal: invalid nickname"],
        Reason::UnknownCommand => ["erro: comando desconhecido", "error: unknown command"],
        Reason::Malformed => ["erro: comando malformado", "error: malformed command"],
        Reason::NoRecipient => ["erro: destino não existe", "error: no such recipient"],
        Reason::ToSelf => ["recusa: mensagem a si mesmo", "refusal: message to oneself"],
        Reason::NotJoined => ["erro: ainda sem apelido", "error: not joined yet"],
        Reason::TooLong => ["erro: mensagem longa demais", "error: message too long"],
        Reason::BadHeader => ["erro: cabeçalho inválido", "error: invalid header"],
    }
}
