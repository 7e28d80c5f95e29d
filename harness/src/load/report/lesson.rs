//! What a violation under load is, why it usually happens and what to try: a table that a teacher can review.

use super::super::outcome::Broken;

/// One violation explained, each text in Portuguese and English.
pub(super) struct Lesson {
    pub(super) title: [&'static str; 2],
    pub(super) why: [&'static str; 2],
    pub(super) fix: [&'static str; 2],
}

/// The lesson of a violation. Where some clients read nothing, a server that stands still most likely waits for one of them.
pub(super) const fn lesson(broken: Broken, some_read_nothing: bool) -> Lesson {
    match broken {
        Broken::Silent if some_read_nothing => Lesson {
            title: [
                "o servidor parou de entregar, com clientes que não leem",
                "the server stopped delivering, with clients that do not read",
            ],
            why: [
                "Em geral o servidor espera, dentro de um send(), por um cliente que não lê: enchidos os buffers, send() só volta quando ele ler, e quem envia a todos na mesma thread, ou com uma trava na mão, para junto.",
                "Usually the server waits, inside a send(), for a client that does not read: once the buffers are full, send() returns only when it reads, and whoever sends to all from one thread, or while holding a lock, stops with it.",
            ],
            fix: [
                "Uma fila de tamanho limitado e uma thread que envia para cada cliente; ou sockets não bloqueantes, ou um tempo máximo de envio (settimeout). Quem não lê e enche a fila é desconectado. Repita sem `--stalled`: se então passa, é isso.",
                "One queue of limited size and one sending thread for each client; or sockets that do not block, or a time limit for sending (settimeout). Whoever does not read and fills the queue is disconnected. Run again without `--stalled`: if it then passes, this is it.",
            ],
        },
        Broken::NotLetIn => Lesson {
            title: ["clientes não conseguiram entrar", "clients were not let in"],
            why: [
                "O servidor não aceitou todos os clientes: um limite de clientes, uma fila de listen() curta, ou o apelido lido no laço do accept(), que prende todos os outros.",
                "The server did not take all clients in: a limit of clients, a short listen() queue, or the nickname read in the accept loop, which keeps everyone else out.",
            ],
            fix: [
                "Deixe o laço do accept() só aceitar; leia o apelido na thread (ou tarefa) do cliente, e não use vetores de tamanho fixo para os clientes.",
                "Let the accept loop only accept; read the nickname in the client's own thread or task, and keep clients in no array of fixed size.",
            ],
        },
        Broken::Closed => Lesson {
            title: [
                "o servidor fechou conexões",
                "the server closed connections",
            ],
            why: [
                "Uma exceção na thread do cliente, ou o processo inteiro caiu. Sob carga aparecem os erros que com dois clientes não aparecem: a lista de clientes alterada durante o laço de envio, um send() para quem já saiu, um buffer que estoura.",
                "An exception in the client's thread, or the whole process died. Load shows the errors that two clients never show: the list of clients changed while it is being sent to, a send() to one who has left, a buffer that overflows.",
            ],
            fix: [
                "Veja o que o servidor imprimiu; percorra uma cópia da lista de clientes, e trate o erro de cada send() sem encerrar os outros.",
                "Look at what the server printed; walk a copy of the list of clients, and handle the error of each send() without ending the others.",
            ],
        },
        Broken::Silent => Lesson {
            title: [
                "o servidor parou de entregar",
                "the server stopped delivering",
            ],
            why: [
                "Havia mensagens a caminho e nenhuma mais chegou, nem depois de outra tentativa. Em geral um impasse: uma trava pega duas vezes, ou um send() que bloqueia, com a trava na mão, enquanto o cliente também espera o servidor ler.",
                "Messages were under way and no more came, not even after another try. Usually a deadlock: a lock taken twice, or a send() that blocks while it holds the lock and the client waits for the server to read.",
            ],
            fix: [
                "Nunca envie com a trava na mão: copie a lista, solte a trava, depois envie. Interrompa o servidor parado (Ctrl-C em Python mostra a linha) e veja onde cada thread está.",
                "Never send while holding the lock: copy the list, release the lock, then send. Interrupt the hanging server (Ctrl-C shows the line in Python) and see where each thread stands.",
            ],
        },
        Broken::Unfinished => Lesson {
            title: [
                "o servidor ainda enviava quando o tempo acabou",
                "the server was still sending when time was up",
            ],
            why: [
                "O servidor guarda mais do que consegue enviar e fica para trás sem fim.",
                "The server takes in more than it can send and falls behind without end.",
            ],
            fix: [
                "Repita com uma carga menor (`--rate`) para achar o que ele aguenta; envie tudo o que espera por um cliente numa só chamada.",
                "Try a lower load (`--rate`) to find what it bears; send all that waits for one client in a single call.",
            ],
        },
        Broken::Lost => Lesson {
            title: ["mensagens se perderam", "messages were lost"],
            why: [
                "Se uma mensagem falta a todos, o servidor não a leu: várias chegaram num só recv() e só a primeira foi tratada. Se falta só a alguns, o laço de envio parou no meio, ou send() enviou só uma parte e o resto foi esquecido.",
                "Where a message is missing for everyone, the server never read it: several came in one recv() and only the first was handled. Where only some lack it, the loop that sends stopped midway, or send() sent a part and the rest was forgotten.",
            ],
            fix: [
                "Junte o que recv() devolve num buffer por cliente e trate todas as mensagens completas; use sendall(), ou repita send() até o fim.",
                "Collect what recv() returns in one buffer per client and handle every complete message in it; use sendall(), or repeat send() until all is sent.",
            ],
        },
        Broken::Twice => Lesson {
            title: ["mensagens chegaram duas vezes", "messages came twice"],
            why: [
                "O cliente está duas vezes na lista, ou o servidor envia de novo depois de um erro sem saber quanto já foi.",
                "The client is in the list twice, or the server sends again after an error without knowing how much had gone.",
            ],
            fix: [
                "Inclua cada conexão na lista uma só vez, quando o apelido é aceito, e retire-a num só lugar.",
                "Add each connection to the list once, when its nickname is accepted, and remove it in one place.",
            ],
        },
        Broken::Order => Lesson {
            title: [
                "mensagens de um mesmo remetente trocaram de ordem",
                "messages of one sender changed their order",
            ],
            why: [
                "Cada mensagem é tratada numa thread ou tarefa própria, e a segunda passa a primeira.",
                "Each message is handled in a thread or task of its own, and the second overtakes the first.",
            ],
            fix: [
                "Trate as mensagens de um cliente na ordem em que chegam, na thread dele; para cada destinatário, uma fila.",
                "Handle a client's messages in the order in which they come, in its own thread; keep one queue for each recipient.",
            ],
        },
        Broken::Altered => Lesson {
            title: ["mensagens chegaram alteradas", "messages came altered"],
            why: [
                "O texto foi cortado, misturado com outro ou reescrito: um buffer comum a todas as threads, um buffer que não é limpo, dois send() de threads diferentes entrelaçados no mesmo socket.",
                "The text was cut, mixed with another or rewritten: one buffer for all threads, a buffer that is not cleared, two send() of different threads interleaved on one socket.",
            ],
            fix: [
                "Um buffer por cliente, o tamanho que recv() devolveu e não o do buffer, e uma só thread (ou uma trava por socket) que escreve em cada socket.",
                "One buffer per client, the length that recv() returned and not the buffer's, and a single thread (or a lock per socket) that writes to each socket.",
            ],
        },
        Broken::WrongSender => Lesson {
            title: [
                "mensagens chegaram com o nome de outro",
                "messages came under another's name",
            ],
            why: [
                "O apelido está numa variável global, que outro cliente trocou entre a leitura e o envio.",
                "The nickname is in a global variable that another client changed between reading and sending.",
            ],
            fix: [
                "Guarde o apelido numa variável local da thread do cliente, ou junto do seu socket.",
                "Keep the nickname in a local variable of the client's thread, or beside its socket.",
            ],
        },
        Broken::WrongHearer => Lesson {
            title: [
                "mensagens chegaram a quem não deviam",
                "messages came to one who should not have them",
            ],
            why: [
                "O servidor entrega a mensagem também a quem a enviou, ou, num protocolo de eco, aos outros clientes.",
                "The server delivers the message to its sender too, or, in an echo protocol, to other clients.",
            ],
            fix: [
                "Compare o socket de cada destinatário com o do remetente antes de enviar.",
                "Compare each recipient's socket with the sender's before sending.",
            ],
        },
        Broken::Unacknowledged => Lesson {
            title: ["faltam confirmações", "acknowledgements are missing"],
            why: [
                "O servidor não confirma cada mensagem: confirma uma por leitura, ou esquece quando o envio aos outros falha.",
                "The server does not acknowledge each message: it acknowledges once per read, or forgets when sending to the others fails.",
            ],
            fix: [
                "Responda a cada mensagem tratada, não a cada recv().",
                "Answer each message that was handled, not each recv().",
            ],
        },
        Broken::AcknowledgedTwice => Lesson {
            title: [
                "há mais respostas do que mensagens",
                "there are more replies than messages",
            ],
            why: [
                "Uma mensagem foi tomada por duas, ou a resposta de um cliente foi para outro.",
                "One message was taken for two, or one client's reply went to another.",
            ],
            fix: [
                "Responda pelo socket de onde a mensagem veio; corte as mensagens só onde elas terminam.",
                "Answer on the socket from which the message came; cut messages only where they end.",
            ],
        },
        Broken::Refused => Lesson {
            title: [
                "mensagens corretas foram recusadas",
                "correct messages were refused",
            ],
            why: [
                "O servidor leu outra coisa do que foi enviado: duas mensagens numa leitura, ou uma mensagem em duas.",
                "The server read something else than what was sent: two messages in one read, or one message in two.",
            ],
            fix: [
                "Junte o que recv() devolve num buffer por cliente e corte só onde uma mensagem termina.",
                "Collect what recv() returns in one buffer per client and cut only where a message ends.",
            ],
        },
        Broken::Strange => Lesson {
            title: [
                "vieram bytes que o protocolo não conhece",
                "bytes came that the protocol does not know",
            ],
            why: [
                "Uma resposta que não está no documento, a mensagem de uma exceção, ou pedaços de mensagens misturados.",
                "A reply that is not in the document, the text of an exception, or pieces of messages mixed up.",
            ],
            fix: [
                "Compare os bytes mostrados com o documento. Se o seu servidor responde assim de propósito, descreva-o num dialeto (docs/dialects.md).",
                "Compare the bytes shown with the document. If your server answers like that on purpose, describe it in a dialect (docs/dialects.md).",
            ],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_violation_is_explained_in_both_languages() {
        for broken in Broken::ALL {
            for some_read_nothing in [false, true] {
                let lesson = lesson(broken, some_read_nothing);
                for text in [lesson.title, lesson.why, lesson.fix].concat() {
                    assert!(text.len() > 10, "{broken:?}");
                }
                assert_ne!(lesson.why[0], lesson.why[1]);
            }
        }
    }
}
