//! Causes that lie in who gets what.

use crate::lesson::Lesson;

pub(super) static ROWS: &[Lesson] = &[
    Lesson {
        id: "lost-message",
        what: [
            "{actor} não recebeu uma mensagem de {from}, mas recebeu outras.",
            "{actor} did not receive one message of {from}, but received others.",
        ],
        why: [
            "Uma mensagem se perde pelo caminho: um recv cujo resultado ninguém usa, uma condição que pula a mensagem, uma fila que descarta.",
            "One message is lost on its way: a recv whose result nobody uses, a condition that skips the message, a queue that drops.",
        ],
        fix: [
            "Imprima cada mensagem que chega e cada send, com um número, e veja qual fica de fora.",
            "Print each message that arrives and each send, with a number, and see which one is left out.",
        ],
    },
    Lesson {
        id: "shared-variable",
        what: [
            "O que era de um cliente foi para outro, ou em nome de outro: {actor} recebeu {bytes}.",
            "What was one client's went to another, or in another's name: {actor} received {bytes}.",
        ],
        why: [
            "O socket ou o apelido do cliente fica em uma variável global, que o próximo a conectar ou a entrar sobrescreve: vale sempre o último.",
            "The client's socket or nickname is kept in a global variable, which the next one to connect or join overwrites: the last always wins.",
        ],
        fix: [
            "Passe o socket e o apelido como argumentos à thread de cada cliente, e guarde todos em um dicionário.",
            "Pass socket and nickname to each client's thread as arguments, and keep all of them in a dictionary.",
        ],
    },
    Lesson {
        id: "name-altered",
        what: [
            "O nome de quem fala não chegou como foi escolhido: {actor} recebeu {bytes}.",
            "The name of the one who speaks did not come as it was chosen: {actor} received {bytes}.",
        ],
        why: [
            "O servidor guarda o apelido mudado: cortado em um tamanho fixo, em minúsculas (lower()), ou sem os acentos e sinais.",
            "The server keeps the nickname changed: cut at a fixed size, in small letters (lower()), or without its accents and marks.",
        ],
        fix: [
            "Guarde o apelido como o cliente o escolheu, e mude só uma cópia para comparar; um apelido que não serve se recusa com um erro.",
            "Keep the nickname as the client chose it, and change only a copy to compare; refuse with an error one that will not do.",
        ],
    },
    Lesson {
        id: "isolation-broken",
        what: [
            "{actor} recebeu o que era só para outro cliente; neste protocolo ninguém ouve os outros.",
            "{actor} received what was for another client alone; in this protocol nobody hears the others.",
        ],
        why: [
            "A resposta é enviada a todos os sockets, como em um chat, e não só a quem perguntou.",
            "The reply is sent to all sockets, as in a chat room, and not only to the one who asked.",
        ],
        fix: [
            "Envie a resposta pelo socket de onde veio o pedido.",
            "Send the reply on the socket that the request came from.",
        ],
    },
    Lesson {
        id: "delivers-before-join",
        what: [
            "{actor}, que ainda não entrou, já recebeu uma mensagem do chat.",
            "{actor}, who has not joined yet, already received a message of the chat.",
        ],
        why: [
            "O socket entra na lista do broadcast logo depois do accept, antes de o cliente dar o seu apelido.",
            "The socket is put into the broadcast's list right after accept, before the client has given its name.",
        ],
        fix: [
            "Acrescente o cliente à lista só depois de aceitar o apelido.",
            "Add the client to the list only once its name is accepted.",
        ],
    },
    Lesson {
        id: "dictionary-by-name",
        what: [
            "Depois que outro entrou com o mesmo apelido, {actor} não recebe mais nada.",
            "After another joined under the same nickname, {actor} receives nothing any more.",
        ],
        why: [
            "Os clientes ficam em um dicionário pelo apelido: um segundo com o mesmo nome apaga o primeiro.",
            "Clients are kept in a dictionary by nickname: a second one of the same name erases the first.",
        ],
        fix: [
            "Verifique se o apelido já existe antes de guardá-lo, e recuse-o.",
            "Check whether the nickname exists before storing it, and refuse it.",
        ],
    },
    Lesson {
        id: "name-not-freed",
        what: [
            "{actor} foi recusado: o apelido de quem já saiu continua em uso.",
            "{actor} was refused: the nickname of one who has left is still in use.",
        ],
        why: [
            "Quem sai é tirado da lista de sockets, mas não da de apelidos, ou só em uma das formas de sair.",
            "Who leaves is taken out of the list of sockets but not of the nicknames, or only on one way out.",
        ],
        fix: [
            "Remova socket e apelido no mesmo lugar, em um finally.",
            "Remove socket and nickname at the same place, in a finally.",
        ],
    },
    Lesson {
        id: "unknown-relayed",
        what: [
            "Um comando desconhecido foi entregue aos outros como se fosse mensagem.",
            "An unknown command was delivered to the others as if it were a message.",
        ],
        why: [
            "O último else trata como mensagem tudo o que não é comando.",
            "The last else treats everything that is no command as a message.",
        ],
        fix: [
            "No else, responda com o erro do documento.",
            "In the else, reply with the document's error.",
        ],
    },
    Lesson {
        id: "notice-doubled",
        what: [
            "{actor} foi avisado duas vezes da mesma saída ou entrada.",
            "{actor} was told twice of the same departure or arrival.",
        ],
        why: [
            "A saída é tratada em dois lugares: no comando de sair e outra vez no fim da thread (finally).",
            "The departure is handled in two places: in the command for leaving, and again at the end of the thread (finally).",
        ],
        fix: [
            "Faça a remoção e o aviso em um só lugar, e só se o cliente ainda está na lista.",
            "Do the removal and the notice in one place, and only if the client is still in the list.",
        ],
    },
    Lesson {
        id: "prompt-doubled",
        what: [
            "O servidor pediu o apelido a {actor} duas vezes, sem esperar pela resposta à primeira: {bytes}.",
            "The server asked {actor} for its name twice, without waiting for an answer to the first: {bytes}.",
        ],
        why: [
            "O pedido é enviado em dois lugares: logo depois do accept, e outra vez no começo da thread do cliente ou do laço que lê o apelido.",
            "The request is sent at two places: right after accept, and again at the beginning of the client's thread or of the loop that reads the name.",
        ],
        fix: [
            "Envie o pedido em um só lugar, logo antes de ler o apelido; no laço, só outra vez depois de um apelido recusado.",
            "Send the request at one place, just before the name is read; in the loop, again only after a name was refused.",
        ],
    },
    Lesson {
        id: "notice-of-who-left",
        what: [
            "{actor} foi avisado de que {who} está no chat, mas {who} já tinha saído.",
            "{actor} was told that {who} is in the chat, but {who} had already left.",
        ],
        why: [
            "A saída não tira o apelido da lista que é lida quando alguém entra: o código guarda os apelidos em mais de um lugar e só atualiza um deles.",
            "The departure does not take the nickname from the list that is read when somebody joins: the code keeps the nicknames in more than one place, and updates only one of them.",
        ],
        fix: [
            "Guarde os clientes em uma só estrutura e leia dela tanto as entregas quanto os avisos a quem entra.",
            "Keep the clients in one structure, and read from it both the deliveries and what newcomers are told.",
        ],
    },
    Lesson {
        id: "notice-of-nobody",
        what: [
            "{actor} foi avisado de {bytes}, e ninguém com esse nome entrou: alguém se conectou e saiu sem dar um apelido.",
            "{actor} was told of {bytes}, and nobody of that name had joined: somebody connected, and left without giving a name.",
        ],
        why: [
            "O fim da thread (finally) avisa todos da saída, também a de quem ainda não tinha apelido: a variável está vazia (None, null).",
            "The end of the thread (finally) tells everyone of the departure, even of one who had no nickname yet: the variable is empty (None, null).",
        ],
        fix: [
            "Avise da saída só se o cliente tinha entrado: if apelido is not None, ou só depois de tirá-lo da lista.",
            "Tell of a departure only if the client had joined: if nick is not None, or only after taking it out of the list.",
        ],
    },
];
