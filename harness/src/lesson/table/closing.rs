//! Causes that lie in how connections end.

use crate::lesson::Lesson;

pub(super) static ROWS: &[Lesson] = &[
    Lesson {
        id: "closes-before-reply",
        what: [
            "O servidor fechou a conexão de {actor} sem responder à despedida.",
            "The server closed the connection of {actor} without answering its goodbye.",
        ],
        why: [
            "close() vem antes do send da resposta, ou o laço termina (break) sem ela.",
            "close() comes before the send of the reply, or the loop ends (break) without it.",
        ],
        fix: [
            "Envie a resposta com sendall e só depois feche o socket.",
            "Send the reply with sendall, and only then close the socket.",
        ],
    },
    Lesson {
        id: "exit-word-anywhere",
        what: [
            "A palavra de saída estava no meio de um texto, e o servidor encerrou a conexão de quem o enviou.",
            "The word for leaving stood inside a text, and the server ended the connection of its sender.",
        ],
        why: [
            "A comparação procura a palavra em qualquer lugar: if palavra in msg.",
            "The comparison looks for the word anywhere: if word in msg.",
        ],
        fix: [
            "Compare a mensagem inteira: if msg.strip() == palavra.",
            "Compare the whole message: if msg.strip() == word.",
        ],
    },
    Lesson {
        id: "case-sensitive",
        what: [
            "{actor} pediu para sair com outras maiúsculas e minúsculas, e não foi atendido.",
            "{actor} asked to leave in other letters (capitals or small), and was not obeyed.",
        ],
        why: [
            "O comando é comparado com as letras exatas.",
            "The command is compared in its exact letters.",
        ],
        fix: [
            "Compare sem distinguir: msg.strip().lower() == palavra.lower(). O texto que se entrega continua como veio.",
            "Compare without the difference: msg.strip().lower() == word.lower(). The text that is delivered stays as it came.",
        ],
    },
    Lesson {
        id: "refusal-closes",
        what: [
            "O servidor recusou o apelido de {actor} e fechou a conexão: não há outra tentativa.",
            "The server refused the nickname of {actor} and closed the connection: there is no other try.",
        ],
        why: [
            "Depois da recusa vem um return ou um close.",
            "A return or a close follows the refusal.",
        ],
        fix: [
            "Volte a pedir o apelido em um while, na mesma conexão.",
            "Ask for the nickname again in a while, on the same connection.",
        ],
    },
    Lesson {
        id: "error-closes",
        what: [
            "Depois de um comando errado o servidor fechou a conexão de {actor}.",
            "After a wrong command the server closed the connection of {actor}.",
        ],
        why: [
            "O ramo do erro termina com break, return ou close; ou o erro lança uma exceção que encerra a thread.",
            "The branch of the error ends with break, return or close; or the error raises an exception that ends the thread.",
        ],
        fix: [
            "Responda com o erro e continue o laço (continue).",
            "Reply with the error and go on with the loop (continue).",
        ],
    },
    Lesson {
        id: "sender-shut-out",
        what: [
            "{actor} não recebeu a mensagem, porque o servidor fechou a conexão de quem a enviou.",
            "{actor} did not receive the message, because the server closed the connection of the one who sent it.",
        ],
        why: [
            "Um pedido anterior do mesmo cliente terminou em break, return ou close, ou lançou uma exceção que encerra a thread.",
            "An earlier request of the same client ended in break, return or close, or raised an exception that ends the thread.",
        ],
        fix: [
            "Veja em «O que aconteceu na rede» o último pedido antes do fechamento: responda a ele, e continue o laço (continue).",
            "Look in «What happened on the wire» at the last request before the close: reply to it, and go on with the loop (continue).",
        ],
    },
    Lesson {
        id: "socket-leak",
        what: [
            "{actor} fechou o seu lado, e o servidor não fechou o dele em {seconds} s.",
            "{actor} closed its side, and the server did not close its own within {seconds} s.",
        ],
        why: [
            "A thread do cliente termina sem close(): o socket fica em CLOSE_WAIT, e os descritores acabam.",
            "The client's thread ends without close(): the socket stays in CLOSE_WAIT, and descriptors run out.",
        ],
        fix: [
            "Feche o socket em um finally, ou use with conn:.",
            "Close the socket in a finally, or use with conn:.",
        ],
    },
    Lesson {
        id: "empty-read-ignored",
        what: [
            "{actor} fechou o seu lado, e o servidor não percebeu: não fechou o dele nem avisou ninguém.",
            "{actor} closed its side, and the server did not notice: it neither closed its own nor told anybody.",
        ],
        why: [
            "recv() devolve vazio (b'') quando o outro lado fechou, e o laço segue como se nada tivesse vindo: gira para sempre e gasta 100 % da CPU.",
            "recv() returns nothing (b'') once the other side has closed, and the loop goes on as if nothing had come: it spins for ever, at 100 % CPU.",
        ],
        fix: [
            "Trate o vazio como saída: if not dados: break.",
            "Take nothing for a departure: if not data: break.",
        ],
    },
];
