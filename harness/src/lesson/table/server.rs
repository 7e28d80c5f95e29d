//! Causes for which the whole server suffers.

use crate::lesson::Lesson;

pub(super) static ROWS: &[Lesson] = &[
    Lesson {
        id: "no-concurrency",
        what: [
            "Enquanto um cliente está conectado, o servidor não atende nenhum outro.",
            "While one client is connected, the server serves no other.",
        ],
        why: [
            "accept e a conversa estão na mesma thread: o próximo accept só vem quando o primeiro cliente sai.",
            "accept and the conversation are in one thread: the next accept comes only when the first client leaves.",
        ],
        fix: [
            "Comece uma thread para cada accept (ou use select, asyncio).",
            "Start a thread for each accept (or use select, asyncio).",
        ],
    },
    Lesson {
        id: "too-few-clients",
        what: [
            "Com muitos clientes conectados, {actor} não foi atendido; depois que alguns saíram, outro foi.",
            "With many clients connected, {actor} was not served; after some had left, another was.",
        ],
        why: [
            "Há um limite de clientes: um vetor de tamanho fixo, um número máximo de threads, ou listen com uma fila curta que ninguém esvazia.",
            "There is a limit of clients: an array of fixed size, a maximum of threads, or a listen with a short queue that nobody empties.",
        ],
        fix: [
            "Guarde os clientes em uma lista que cresce, e aceite sempre.",
            "Keep the clients in a list that grows, and always accept.",
        ],
    },
    Lesson {
        id: "small-backlog",
        what: [
            "Uma conexão não foi aceita, embora o servidor atenda outras.",
            "A connection was not accepted, though the server serves others.",
        ],
        why: [
            "Vários clientes se conectaram ao mesmo tempo, e a fila do listen encheu antes que o servidor chamasse accept: ela é curta (listen(0), listen(1)), ou o laço do accept faz outra coisa entre um cliente e o próximo.",
            "Several clients connected at once, and the queue of listen was full before the server called accept: it is short (listen(0), listen(1)), or the accept loop does something else between one client and the next.",
        ],
        fix: [
            "Use uma fila maior, como listen(128), e deixe no laço do accept só o accept e o início da thread.",
            "Use a longer queue, such as listen(128), and keep nothing in the accept loop but the accept and the start of the thread.",
        ],
    },
    Lesson {
        id: "missing-argument",
        what: [
            "O servidor morreu com um comando sem o seu argumento.",
            "The server died of a command without its argument.",
        ],
        why: [
            "split()[1] de um comando sem argumento lança IndexError, e ninguém trata o erro.",
            "split()[1] of a command without an argument raises IndexError, and nobody handles it.",
        ],
        fix: [
            "Verifique quantas partes há antes de usá-las, e responda com o erro do documento.",
            "Check how many parts there are before using them, and reply with the document's error.",
        ],
    },
    Lesson {
        id: "bad-header",
        what: [
            "O servidor morreu com um cabeçalho que não é um tamanho.",
            "The server died of a header that is no length.",
        ],
        why: [
            "int(cabeçalho) lança ValueError (ou o tamanho negativo vai para recv), e ninguém trata o erro.",
            "int(header) raises ValueError (or the negative length goes to recv), and nobody handles it.",
        ],
        fix: [
            "Verifique o cabeçalho; se não serve, feche só esta conexão.",
            "Check the header; if it is no good, close this connection alone.",
        ],
    },
    Lesson {
        id: "bad-header-kept",
        what: [
            "{actor} enviou um cabeçalho que não serve, e o servidor não fechou a conexão em {seconds} s.",
            "{actor} sent a header that is no good, and the server did not close the connection within {seconds} s.",
        ],
        why: [
            "O tamanho não é verificado, ou nem é lido (cada recv() é tratado como uma mensagem inteira): o servidor espera por bytes que não virão, ou toma por mensagem o que vier.",
            "The length is not checked, or not even read (each recv() is taken for one whole message): the server waits for bytes that will not come, or takes for a message whatever comes.",
        ],
        fix: [
            "Leia o cabeçalho inteiro e verifique-o: é um número, não é negativo, não passa do limite? Se não serve, feche só esta conexão.",
            "Read the whole header and check it: is it a number, not negative, not beyond the limit? If it is no good, close this connection alone.",
        ],
    },
    Lesson {
        id: "buffer-overflow",
        what: [
            "O servidor morreu com uma mensagem muito maior que o limite.",
            "The server died of a message far beyond the limit.",
        ],
        why: [
            "O texto é copiado para um buffer de tamanho fixo (strcpy, sprintf), ou todo o tamanho anunciado é alocado de uma vez.",
            "The text is copied into a buffer of fixed size (strcpy, sprintf), or the whole announced length is allocated at once.",
        ],
        fix: [
            "Limite o que se lê e o que se copia (snprintf), e recuse o que passa do limite.",
            "Limit what is read and what is copied (snprintf), and refuse what is beyond the limit.",
        ],
    },
];
