//! What each feature means to a reader who writes a dialect, in both languages.

use protocol::lang::Lang;
use protocol::message::Reason;

use crate::scenario::Feature;

/// A feature in a few words.
pub(super) fn feature(feature: &Feature, lang: Lang) -> String {
    let [pt, en] = match feature {
        Feature::Names => ["clientes escolhem um nome", "clients choose a name"],
        Feature::AnyNames => ["nomes com mais do que letras", "names of more than letters"],
        Feature::Broadcast => ["os outros ouvem o que se diz", "others hear what one says"],
        Feature::Isolation => ["ninguém ouve outro", "nobody hears another"],
        Feature::Echo => ["o que se diz volta", "what one says comes back"],
        Feature::NoEcho => ["o que se diz não volta", "it does not come back"],
        Feature::Acknowledgement => ["a resposta a uma mensagem", "a reply to a message"],
        Feature::PrivateAcknowledgement => {
            ["a resposta a uma privada", "a reply to a private message"]
        }
        Feature::Welcome => ["a resposta a quem entra", "a reply to a join"],
        Feature::Prompt => ["o pedido de um nome", "a request for a name"],
        Feature::List => ["a lista de quem está", "the list of who is here"],
        Feature::Private => ["mensagens para um só", "messages to one alone"],
        Feature::Retry => [
            "outra tentativa para quem foi recusado",
            "another try for who was refused",
        ],
        Feature::Quit => ["uma palavra para sair", "a word for leaving"],
        Feature::QuitInAnyCase => ["em maiúsculas também", "in capitals too"],
        Feature::Goodbye => ["a resposta a quem sai", "a reply to that word"],
        Feature::JoinNotice => ["aviso de que alguém entrou", "notice that somebody came"],
        Feature::PresentNotice => ["aviso de quem já está", "notice of who is there"],
        Feature::LeaveNotice => ["aviso de que alguém saiu", "notice that somebody left"],
        Feature::Framed => ["os bytes mostram o fim", "the bytes show the end"],
        Feature::Terminator => ["por um terminador", "by a terminator"],
        Feature::CrLf => ["por CR LF", "by CR LF"],
        Feature::Header => ["por um tamanho antes", "by a length in front"],
        Feature::Unicode => ["texto além de ASCII", "text beyond ASCII"],
        Feature::Refusal(reason) | Feature::Mistake(reason) => refusal(*reason),
        Feature::MessageOf(bytes) => {
            return lang.pick([
                format!("mensagens de {bytes} bytes"),
                format!("messages of {bytes} bytes"),
            ]);
        }
        Feature::NameOf(bytes) => {
            return lang.pick([
                format!("nomes de {bytes} bytes"),
                format!("names of {bytes} bytes"),
            ]);
        }
        Feature::Clients(most) => {
            return lang.pick([
                format!("{most} clientes ao mesmo tempo"),
                format!("{most} clients at a time"),
            ]);
        }
        Feature::Dialect(name) => {
            return lang.pick([format!("o dialeto {name}"), format!("the dialect {name}")]);
        }
    };
    lang.pick([pt, en]).to_owned()
}

fn refusal(reason: Reason) -> [&'static str; 2] {
    match reason {
        Reason::NameInUse => ["um nome em uso é recusado", "a name in use is refused"],
        Reason::NameBlank => ["um nome em branco é recusado", "a blank name is refused"],
        Reason::NameInvalid => ["um nome inválido é recusado", "an invalid name is refused"],
        Reason::UnknownCommand => ["um comando desconhecido", "an unknown command"],
        Reason::Malformed => ["um comando malformado", "a malformed command"],
        Reason::NoRecipient => ["destinatário que não existe", "a recipient who is absent"],
        Reason::ToSelf => ["uma mensagem a si mesmo", "a message to oneself"],
        Reason::NotJoined => ["um comando antes de entrar", "a command before joining"],
        Reason::TooLong => ["mensagem longa demais", "too long a message"],
        Reason::BadHeader => ["cabeçalho sem tamanho", "a header without length"],
    }
}
