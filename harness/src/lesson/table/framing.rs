//! Causes that lie in how messages are cut out of the stream, or in what becomes of their bytes.

use crate::lesson::Lesson;

pub(super) static ROWS: &[Lesson] = &[
    Lesson {
        id: "one-recv-one-message",
        what: [
            "A mensagem chegou ao servidor em pedaços, ou junto com outra, e {actor} não recebeu o que devia.",
            "The message reached the server in pieces, or together with another, and {actor} did not get what it should.",
        ],
        why: [
            "Cada recv() é tratado como uma mensagem inteira. O TCP é um fluxo de bytes: um send pode chegar em vários recv, e vários send em um só.",
            "Each recv() is taken for one whole message. TCP is a stream of bytes: one send may arrive in several recv, and several sends in one.",
        ],
        fix: [
            "Guarde o que chega em um buffer por cliente e só trate uma mensagem quando o seu fim (o terminador, ou o tamanho do cabeçalho) estiver lá; o resto fica no buffer.",
            "Keep what arrives in a buffer for each client, and handle a message only when its end (the terminator, or the header's length) is there; the rest stays in the buffer.",
        ],
    },
    Lesson {
        id: "rest-of-read-dropped",
        what: [
            "Várias mensagens chegaram ao servidor no mesmo segmento; só a primeira teve efeito.",
            "Several messages reached the server in one segment; only the first had an effect.",
        ],
        why: [
            "O servidor corta a primeira mensagem do que leu e joga fora o resto: split(...)[0], readline sobre um recv, ou strip de tudo.",
            "The server cuts the first message off what it read and throws the rest away: split(...)[0], a readline on one recv, or a strip of it all.",
        ],
        fix: [
            "Repita o corte enquanto houver uma mensagem inteira no buffer, e guarde o que sobrar para o próximo recv.",
            "Repeat the cut while there is a whole message in the buffer, and keep what is left for the next recv.",
        ],
    },
    Lesson {
        id: "carriage-return-kept",
        what: [
            "O texto que {actor} recebeu traz o \\r com que o cliente terminou a linha.",
            "The text that {actor} received carries the \\r with which its sender ended the line.",
        ],
        why: [
            "A linha é cortada em \\n, e o \\r de quem escreve \\r\\n (telnet, Windows) fica no texto.",
            "The line is cut at \\n, and the \\r of one who writes \\r\\n (telnet, Windows) stays in the text.",
        ],
        fix: [
            "Tire o \\r do fim da linha: linha.rstrip('\\r\\n').",
            "Take the \\r off the end of the line: line.rstrip('\\r\\n').",
        ],
    },
    Lesson {
        id: "header-in-one-recv",
        what: [
            "O cabeçalho chegou ao servidor em dois segmentos, e {actor} não recebeu o que devia.",
            "The header reached the server in two segments, and {actor} did not get what it should.",
        ],
        why: [
            "O cabeçalho é lido com um só recv(n), que devolve até n bytes: podem vir menos.",
            "The header is read with a single recv(n), which returns up to n bytes: fewer may come.",
        ],
        fix: [
            "Chame recv até ter todos os bytes do cabeçalho, e depois até ter todos os do corpo.",
            "Call recv until all bytes of the header are there, and then until all of the body are.",
        ],
    },
    Lesson {
        id: "decodes-each-read",
        what: [
            "Uma letra acentuada chegou ao servidor cortada em dois segmentos, e se perdeu.",
            "An accented letter reached the server cut in two segments, and was lost.",
        ],
        why: [
            "Cada leitura é decodificada sozinha: metade de um caractere UTF-8 é um erro (ou é ignorada, com errors='ignore'). Se uma mensagem sem acentos em dois segmentos também falha, a causa é tratar cada recv() como uma mensagem.",
            "Each read is decoded alone: half a UTF-8 character is an error (or is ignored, with errors='ignore'). If a message without accents in two segments fails too, the cause is that each recv() is taken for one message.",
        ],
        fix: [
            "Junte os bytes da mensagem inteira e só então chame decode('utf-8').",
            "Collect the bytes of the whole message, and only then call decode('utf-8').",
        ],
    },
    Lesson {
        id: "global-buffer",
        what: [
            "Enquanto a mensagem de um cliente não estava completa, a de outro se misturou com ela.",
            "While one client's message was not complete, another's was mixed with it.",
        ],
        why: [
            "O buffer do que falta ler é um só para todos os clientes (uma variável global ou de classe).",
            "The buffer of what is not yet a message is one for all clients (a global, or a class attribute).",
        ],
        fix: [
            "Crie o buffer dentro da função ou do objeto de cada cliente.",
            "Create the buffer inside each client's function or object.",
        ],
    },
    Lesson {
        id: "stale-buffer",
        what: [
            "{actor} recebeu uma mensagem com o fim de outra, mais longa, que veio antes.",
            "{actor} received a message that carries the end of an earlier, longer one.",
        ],
        why: [
            "O mesmo buffer recebe todas as mensagens e não é limpo, ou o número de bytes que recv devolveu é ignorado: depois dos bytes novos ainda estão os antigos.",
            "The same buffer takes all messages and is not cleared, or the count that recv returned is ignored: behind the new bytes the old ones still stand.",
        ],
        fix: [
            "Use só os n bytes que recv devolveu (em C: buffer[n] = '\\0'; em Java: new String(buffer, 0, n)).",
            "Use only the n bytes that recv returned (in C: buffer[n] = '\\0'; in Java: new String(buffer, 0, n)).",
        ],
    },
    Lesson {
        id: "small-buffer",
        what: [
            "Uma mensagem longa foi tratada como várias: {actor} recebeu o seu começo, e o resto virou outra mensagem.",
            "A long message was treated as several: {actor} got its beginning, and the rest became another message.",
        ],
        why: [
            "recv(n) com um n menor que o limite do protocolo: o resto da mensagem sai no próximo recv.",
            "recv(n) with an n below the protocol's limit: the rest of the message comes out of the next recv.",
        ],
        fix: [
            "Leia com um buffer do tamanho do limite do protocolo, ou maior.",
            "Read with a buffer as large as the protocol's limit, or larger.",
        ],
    },
    Lesson {
        id: "cuts-a-missing-terminator",
        what: [
            "O texto que {actor} recebeu perdeu o seu último byte.",
            "The text that {actor} received lacks its last byte.",
        ],
        why: [
            "O servidor corta sempre o último byte (msg[:-1], buffer[n-1] = 0), como se fosse uma quebra de linha que nem sempre vem.",
            "The server always cuts the last byte (msg[:-1], buffer[n-1] = 0), as if it were a line break, which does not always come.",
        ],
        fix: [
            "Corte só o que é quebra de linha: msg.rstrip('\\r\\n').",
            "Cut only what is a line break: msg.rstrip('\\r\\n').",
        ],
    },
    Lesson {
        id: "bytes-literal",
        what: [
            "{actor} recebeu o texto como um programa mostra bytes: {bytes}.",
            "{actor} received the text as a program shows bytes: {bytes}.",
        ],
        why: [
            "Bytes foram convertidos com str() ou com uma f-string, que mostram b'…' e \\xc3.",
            "Bytes were converted with str() or an f-string, which show b'…' and \\xc3.",
        ],
        fix: [
            "Converta com .decode('utf-8') ao receber e .encode('utf-8') ao enviar.",
            "Convert with .decode('utf-8') when receiving and .encode('utf-8') when sending.",
        ],
    },
    Lesson {
        id: "text-rewritten",
        what: [
            "{actor} recebeu o texto com outras letras: maiúsculas viraram minúsculas.",
            "{actor} received the text in other letters: its capitals became small.",
        ],
        why: [
            "A mensagem passa por lower() para ser comparada com os comandos, e é o resultado que se envia.",
            "The message goes through lower() to be compared with the commands, and the result is what is sent.",
        ],
        fix: [
            "Compare uma cópia (msg.lower() == 'sair') e envie o original.",
            "Compare a copy (msg.lower() == 'quit') and send the original.",
        ],
    },
    Lesson {
        id: "command-word-kept",
        what: [
            "{actor} recebeu o comando junto com o texto.",
            "{actor} received the command together with the text.",
        ],
        why: [
            "O servidor entrega a mensagem como a leu, sem tirar a palavra do comando.",
            "The server delivers the message as it read it, without taking off the word of the command.",
        ],
        fix: [
            "Separe o comando do texto: comando, _, texto = msg.partition(' ').",
            "Split the command from the text: command, _, text = msg.partition(' ').",
        ],
    },
    Lesson {
        id: "command-word-removed",
        what: [
            "{actor} recebeu o texto sem a palavra do comando, que ali fazia parte da frase.",
            "{actor} received the text without the word of the command, though there it was part of the sentence.",
        ],
        why: [
            "replace('MSG ', '') apaga a palavra em toda a mensagem, e não só no início.",
            "replace('MSG ', '') deletes the word everywhere in the message, and not only at its beginning.",
        ],
        fix: [
            "Tire o comando só do início: comando, _, texto = msg.partition(' '), ou msg.removeprefix('MSG ').",
            "Take the command off the beginning alone: command, _, text = msg.partition(' '), or msg.removeprefix('MSG ').",
        ],
    },
    Lesson {
        id: "split-on-blanks",
        what: [
            "O texto foi tratado como uma lista de palavras: {actor} não o recebeu inteiro.",
            "The text was treated as a list of words: {actor} did not get all of it.",
        ],
        why: [
            "split() corta em todos os espaços: partes[1] é só a primeira palavra, e um texto de uma palavra só pode nem ter essa posição.",
            "split() cuts at every blank: parts[1] is the first word alone, and a text of one word may not even have that place.",
        ],
        fix: [
            "Corte só uma vez: msg.split(' ', 1), ou msg.partition(' ').",
            "Cut once only: msg.split(' ', 1), or msg.partition(' ').",
        ],
    },
    Lesson {
        id: "split-on-separator",
        what: [
            "O texto que {actor} recebeu acaba onde estava um dois-pontos.",
            "The text that {actor} received ends where a colon stood.",
        ],
        why: [
            "split(':') corta em todos os dois-pontos, também nos do texto.",
            "split(':') cuts at every colon, those of the text too.",
        ],
        fix: [
            "Corte só uma vez: msg.split(':', 1), ou msg.partition(':').",
            "Cut once only: msg.split(':', 1), or msg.partition(':').",
        ],
    },
];
