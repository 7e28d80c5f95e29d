//! The table of faults. One row: its name, its group, its cause, where it is wrong, and what such a server does.

use super::{Group, Row, needs};

macro_rules! faults {
    ($($fault:ident $id:literal $group:ident $cause:literal $needs:ident, $pt:literal, $en:literal;)+) => {
        /// A deliberate bug. See the module's documentation; `what` says what each does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $(#[doc = $en] $fault,)+
        }

        impl Fault {
            /// Every fault, by group.
            pub const ALL: &'static [Self] = &[$(Self::$fault),+];

            pub(super) fn row(self) -> Row {
                match self {
                    $(Self::$fault => Row {
                        id: $id,
                        group: Group::$group,
                        cause: $cause,
                        needs: needs::$needs,
                        what: [$pt, $en],
                    },)+
                }
            }
        }
    };
}

faults! {
    // Framing
    OneReadOneMessage "one-read-one-message" Framing "one-recv-one-message" framed,
        "trata cada recv() como uma mensagem inteira",
        "takes each recv() for one whole message";
    LosesGluedMessages "loses-glued-messages" Framing "rest-of-read-dropped" framed,
        "obedece só à primeira mensagem de cada leitura e joga fora o resto",
        "obeys only the first message of each read and throws the rest away";
    HalfMessageCloses "half-message-closes" Framing "one-recv-one-message" framed,
        "fecha a conexão quando uma mensagem chega em pedaços",
        "closes the connection when a message arrives in pieces";
    KeepsCarriageReturn "keeps-carriage-return" Framing "carriage-return-kept" carriage_returns,
        "corta a linha no \\n e deixa o \\r do cliente no texto",
        "cuts the line at \\n and leaves the client's \\r in the text";
    NeedsWholeHeader "needs-whole-header" Framing "header-in-one-recv" header,
        "espera que os 64 bytes do cabeçalho venham num só recv()",
        "expects the whole header in one recv()";
    BodyInOneRead "body-in-one-read" Framing "one-recv-one-message" header,
        "lê o corpo com um só recv() e toma o resto pelo próximo cabeçalho",
        "reads the body with one recv() and takes its rest for the next header";
    DecodesEachRead "decodes-each-read" Framing "decodes-each-read" framed_unicode,
        "decodifica cada leitura sozinha: uma letra acentuada cortada ao meio se perde",
        "decodes each read alone: an accented letter cut in two is lost";
    SharesOneBuffer "shares-one-buffer" Framing "global-buffer" framed,
        "guarda os restos de leitura de todos os clientes num só buffer",
        "keeps what is left of all clients' reads in one buffer";
    StaleBuffer "stale-buffer" Framing "stale-buffer" text,
        "não limpa o buffer: depois de uma mensagem longa, a curta leva o fim da anterior",
        "does not clear its buffer: a short message drags the end of a longer one along";
    SmallReads "small-reads" Framing "small-buffer" unframed,
        "lê com recv(256): uma mensagem maior vira várias",
        "reads with recv(256): a larger message becomes several";
    Truncates "truncates" Framing "truncated" text,
        "corta os textos em 256 bytes",
        "cuts texts at 256 bytes";
    CutsLastByte "cuts-the-last-byte" Framing "cuts-a-missing-terminator" text,
        "corta o último byte de cada texto, como se fosse sempre um \\n",
        "cuts the last byte of each text, as if it were always a \\n";
    NoTerminator "no-terminator" Framing "no-terminator" replies_in_lines,
        "responde sem o fim de linha",
        "answers without the line's end";
    BytesLiteral "bytes-literal" Framing "bytes-literal" text,
        "envia o texto como um literal de bytes do Python: b'oi'",
        "sends the text as a Python bytes literal: b'oi'";
    AsciiOnly "ascii-only" Framing "broken-text" unicode_text,
        "troca por ? tudo o que não é ASCII",
        "turns everything beyond ASCII into ?";
    Mojibake "mojibake" Framing "broken-text" unicode_text,
        "lê UTF-8 como Latin-1 e reenvia o resultado: olÃ¡",
        "reads UTF-8 as Latin-1 and sends on what comes out: olÃ¡";

    // Delivery
    NotRelayed "not-relayed" Delivery "not-delivered" broadcast,
        "não entrega a ninguém as mensagens públicas",
        "delivers public messages to nobody";
    EchoesToSender "echoes-to-the-sender" Delivery "echo-to-oneself" no_echo,
        "entrega a mensagem também a quem a enviou",
        "delivers the message to its sender, too";
    NoEcho "no-echo" Delivery "no-echo" echo,
        "não devolve a mensagem a quem a enviou",
        "does not send the message back to its sender";
    DropsEveryThird "drops-every-third" Delivery "lost-message" broadcast,
        "perde uma mensagem pública em cada três",
        "loses one public message in three";
    SwallowsFirstMessage "swallows-the-first-message" Delivery "lost-message" broadcast,
        "engole a primeira mensagem de cada cliente",
        "swallows each client's first message";
    DuplicatesDelivery "duplicates" Delivery "duplicate" broadcast,
        "entrega cada mensagem duas vezes",
        "delivers each message twice";
    Reorders "reorders" Delivery "wrong-order-or-lost" broadcast_acknowledged,
        "entrega cada mensagem numa thread própria: a segunda pode passar a primeira",
        "delivers each message in a thread of its own: the second may overtake the first";
    OnlyTheLastHears "only-the-last-hears" Delivery "shared-variable" broadcast,
        "guarda um só socket: apenas o último a entrar recebe as mensagens",
        "keeps a single socket: only the last to join gets the messages";
    WrongSender "wrong-sender" Delivery "shared-variable" server_names_sender,
        "guarda o apelido numa variável global: toda mensagem parece vir do último a entrar",
        "keeps the nickname in a global variable: each message seems to come from the last to join";
    AnswersWrongClient "answers-the-wrong-client" Delivery "shared-variable" replies,
        "responde ao último cliente que se conectou, e não a quem pediu",
        "answers the client that connected last, not the one that asked";
    LeaksPrivate "leaks-private" Delivery "private-leak" private,
        "entrega a mensagem privada a todos",
        "delivers a private message to everyone";
    PrivateToSender "private-to-the-sender" Delivery "wrong-recipient" private,
        "entrega a mensagem privada a quem a enviou",
        "delivers a private message to its sender";
    RelaysToEveryone "relays-to-everyone" Delivery "isolation-broken" isolation,
        "repassa a todos o que devia responder só a um",
        "sends to everyone what only one should get";
    DeliversToNewcomers "delivers-to-newcomers" Delivery "delivers-before-join" newcomers_hear_nothing,
        "entrega mensagens também a quem ainda não deu o apelido",
        "delivers messages even to those who have not given a name yet";
    RemovesCommandWord "removes-the-command-word" Delivery "command-word-removed" command_word,
        "apaga a palavra do comando também onde ela faz parte do texto",
        "deletes the word of the command also where it is part of the text";
    KeepsCommandWord "keeps-the-command-word" Delivery "command-word-kept" command_word,
        "entrega o comando junto com o texto",
        "delivers the command together with the text";
    FirstWordOnly "first-word-only" Delivery "split-on-blanks" text,
        "entrega só a primeira palavra do texto",
        "delivers only the first word of the text";
    OneWordVanishes "one-word-messages-vanish" Delivery "split-on-blanks" broadcast,
        "perde as mensagens de uma palavra só",
        "loses messages of a single word";
    CutsAtColon "cuts-at-the-colon" Delivery "split-on-separator" colon,
        "corta o texto no próximo dois-pontos",
        "cuts the text at its next colon";
    Lowercases "lowercases" Delivery "text-rewritten" text,
        "passa o texto para minúsculas para comparar, e o entrega assim",
        "turns the text into small letters to compare it, and delivers it so";

    // Names
    AcceptsNameInUse "accepts-a-name-in-use" Names "accepted-instead-of-refused" unique_names,
        "aceita um apelido que já está em uso",
        "accepts a nickname that is in use";
    CutsNames "cuts-names" Names "name-altered" long_names,
        "corta os apelidos em 10 bytes",
        "cuts nicknames at 10 bytes";
    NamesakeReplaces "namesake-replaces" Names "dictionary-by-name" unique_names,
        "guarda os clientes por apelido: um homônimo toma o lugar do primeiro",
        "keeps clients by nickname: a namesake takes the place of the first";
    RefusalCloses "refused-name-closes" Names "refusal-closes" another_try,
        "fecha a conexão quando recusa um apelido",
        "closes the connection when it refuses a nickname";
    AcceptsBlankName "accepts-a-blank-name" Names "accepted-instead-of-refused" blank_names,
        "aceita um apelido em branco",
        "accepts a blank nickname";
    PromptsTwice "prompts-twice" Names "prompt-doubled" prompt,
        "pede o apelido duas vezes a quem se conecta",
        "asks whoever connects for its name twice";
    NameNeverFreed "name-never-freed" Names "name-not-freed" unique_names,
        "não libera o apelido de quem saiu",
        "does not free the nickname of one who left";

    // Lists
    GhostAfterQuit "ghost-in-the-list" Lists "ghost-in-list" list,
        "deixa na lista quem já saiu",
        "leaves those who left in the list";
    GhostAfterClose "ghost-after-closing" Lists "ghost-in-list" list,
        "só tira da lista quem pede para sair: quem apenas fecha a conexão fica",
        "removes only those who ask to leave: who just closes the connection stays in the list";
    ListLacksAsker "list-lacks-the-asker" Lists "missing-in-list" list_with_self,
        "não inclui na lista quem a pediu",
        "leaves the one who asked out of the list";
    ListLacksLast "list-lacks-the-last" Lists "missing-in-list" list,
        "não inclui na lista o último a entrar",
        "leaves the last to join out of the list";
    ListToEveryone "list-to-everyone" Lists "wrong-recipient" list,
        "envia a lista a todos, e não só a quem a pediu",
        "sends the list to everyone, not only to the one who asked";

    // Closing
    QuitDoesNotClose "quit-does-not-close" Closing "stays-open" quit,
        "aceita a saída, mas não fecha a conexão",
        "accepts the quit but does not close the connection";
    QuitWithoutReply "quit-without-reply" Closing "closes-before-reply" goodbye,
        "fecha a conexão sem responder à saída",
        "closes the connection without answering the quit";
    QuitWordAnywhere "quit-word-anywhere" Closing "exit-word-anywhere" quit,
        "encerra a conexão quando a palavra de saída aparece em qualquer lugar do texto",
        "ends the connection when the word to quit appears anywhere in a text";
    QuitNeedsExactCase "quit-needs-exact-case" Closing "case-sensitive" quit_in_any_case,
        "só reconhece os comandos com as letras exatas",
        "knows its commands only in their exact letters";
    NoJoinNotice "no-join-notice" Closing "no-notice" joined,
        "não avisa os outros de quem entra",
        "does not tell the others who joins";
    NoPresentNotice "no-present-notice" Closing "no-notice" present,
        "não diz a quem entra quem já está",
        "does not tell a newcomer who is there already";
    NoLeaveNotice "no-leave-notice" Closing "no-notice" left,
        "não avisa os outros de quem sai",
        "does not tell the others who leaves";
    LeaveNoticeTwice "leave-notice-twice" Closing "notice-doubled" left,
        "avisa duas vezes de cada saída",
        "tells of each departure twice";
    TellsOfTheUnnamed "tells-of-the-unnamed" Closing "notice-of-nobody" left_with_name,
        "avisa da saída de quem se conectou e nunca deu um nome: None saiu",
        "tells of the departure of one who connected and never gave a name: None left";
    SocketNeverClosed "socket-never-closed" Closing "socket-leak" anything,
        "nunca fecha o socket de quem já fechou o seu lado",
        "never closes the socket of one who has closed its side";
    IgnoresEmptyReads "ignores-empty-reads" Closing "empty-read-ignored" departures_show,
        "não entende a leitura vazia: gira para sempre, e quem saiu continua lá",
        "does not understand the empty read: it spins for ever, and who left is still there";

    // Errors
    NoAcknowledgement "no-acknowledgement" Errors "no-answer" said,
        "não confirma as mensagens a quem as envia",
        "does not acknowledge messages to their sender";
    NoWelcome "no-welcome" Errors "no-answer" welcome,
        "não responde a quem entra",
        "does not answer the one who joins";
    WrongAcknowledgement "wrong-acknowledgement" Errors "wrong-reply" said_and_welcome,
        "confirma uma mensagem com a resposta da entrada",
        "acknowledges a message with the reply to a join";
    SilentOnUnknown "silent-on-unknown" Errors "no-refusal" unknown,
        "não responde a um comando desconhecido",
        "does not answer an unknown command";
    UnknownCloses "unknown-closes" Errors "error-closes" unknown,
        "fecha a conexão depois de um comando desconhecido",
        "closes the connection after an unknown command";
    UnknownIsChat "unknown-is-chat" Errors "unknown-relayed" unknown_and_broadcast,
        "entrega um comando desconhecido como se fosse mensagem",
        "delivers an unknown command as if it were a message";
    WrongStatus "wrong-status" Errors "wrong-reply" two_statuses,
        "troca o erro de comando desconhecido pelo de comando malformado",
        "confuses the error for an unknown command with that for a malformed one";
    AcceptsEmptyMessage "accepts-an-empty-message" Errors "accepted-instead-of-refused" empty_message_refused,
        "aceita e entrega uma mensagem sem texto",
        "accepts and delivers a message without a text";
    SilentOnNoRecipient "silent-on-no-recipient" Errors "no-refusal" no_recipient,
        "não responde quando o destinatário não existe",
        "does not answer when the recipient does not exist";
    AcknowledgesNobody "acknowledges-a-message-to-nobody" Errors "accepted-instead-of-refused" no_recipient,
        "confirma uma mensagem privada que ninguém recebeu",
        "acknowledges a private message that nobody got";

    // Concurrency
    OneClientAtATime "one-client-at-a-time" Concurrency "no-concurrency" anything,
        "só atende um cliente de cada vez: os outros esperam que ele saia",
        "serves one client at a time: the others wait until it leaves";
    NameInAcceptLoop "name-in-the-accept-loop" Concurrency "blocking-accept" names,
        "lê o apelido no laço do accept(): quem se conecta e se cala deixa todos de fora",
        "reads the name in the accept loop: one who connects and says nothing keeps everyone out";
    BlocksOnSlowReader "blocks-on-a-slow-reader" Concurrency "blocked-by-slow-reader" broadcast,
        "para tudo enquanto um cliente não lê o que lhe é enviado",
        "stops everything while one client does not read what is sent to it";
    JoinsThroughGlobal "joins-through-a-global" Concurrency "shared-variable" names,
        "guarda em variável global quem está entrando: duas entradas ao mesmo tempo se misturam",
        "keeps who is joining in a global variable: two joins at once are mixed up";
    FewClients "few-clients" Concurrency "too-few-clients" anything,
        "não atende mais que dez clientes",
        "serves no more than ten clients";
    DeadlockAtDeparture "deadlock-at-departure" Concurrency "deadlock-at-departure" anything,
        "pega a mesma trava duas vezes quando alguém sai: todos param",
        "takes the same lock twice when somebody leaves: everyone hangs";

    // Robustness
    DiesOfClosing "dies-of-closing" Robustness "dies-of-a-disconnect" anything,
        "morre quando um cliente fecha a conexão sem avisar",
        "dies when a client closes its connection without saying so";
    DiesOfReset "dies-of-a-reset" Robustness "dies-of-a-disconnect" anything,
        "morre quando uma conexão é abortada (RST)",
        "dies when a connection is reset";
    DiesBeforeName "dies-before-the-name" Robustness "dies-of-a-disconnect" names,
        "morre quando um cliente sai antes de dar o apelido",
        "dies when a client leaves before it gave its name";
    DeadPeerSilencesOthers "dead-peer-silences-others" Robustness "broadcast-poisoned" broadcast,
        "para de entregar no primeiro socket morto: quem está depois dele não recebe mais nada",
        "stops delivering at the first dead socket: those behind it hear nothing more";
    DiesOfInvalidText "dies-of-invalid-text" Robustness "dies-of-invalid-bytes" anything,
        "morre ao decodificar bytes que não são UTF-8",
        "dies when it decodes bytes that are not UTF-8";
    ZombieAfterInvalidText "zombie-after-invalid-text" Robustness "zombie-after-invalid-bytes" anything,
        "depois de bytes inválidos a conexão fica aberta, mas ninguém mais a atende",
        "after invalid bytes the connection stays open but nobody serves it any more";
    DiesWithoutArgument "dies-without-an-argument" Robustness "missing-argument" malformed,
        "morre com um comando sem o seu argumento",
        "dies of a command without its argument";
    DiesOfBadHeader "dies-of-a-bad-header" Robustness "bad-header" header,
        "morre com um cabeçalho que não é um número",
        "dies of a header that is not a number";
    DiesOfLongMessage "dies-of-a-long-message" Robustness "buffer-overflow" anything,
        "morre com uma mensagem muito maior que o seu buffer",
        "dies of a message far larger than its buffer";
}
