//! What happened, where nothing tells more of its cause.

use crate::lesson::Lesson;

const DECODE_RAISES: [&str; 2] = [
    "decode() lança UnicodeDecodeError e ninguém trata o erro.",
    "decode() raises UnicodeDecodeError, and nobody handles it.",
];
const DECODE_WITH_CARE: [&str; 2] = [
    "Use decode('utf-8', errors='replace'), ou trate o erro e responda com o do documento.",
    "Use decode('utf-8', errors='replace'), or handle the error and reply with the document's.",
];

/// The first is the most general.
pub(super) static ROWS: &[Lesson] = &[
    Lesson {
        id: "wrong-form",
        what: [
            "{actor} recebeu outros bytes do que os esperados: no byte {at} eles diferem.",
            "{actor} received other bytes than expected: they differ at byte {at}.",
        ],
        why: [
            "O texto foi escrito de outro jeito: outra palavra, um espaço ou um sinal a mais ou a menos, outra maiúscula; ou são bytes de outra mensagem, que não deviam estar ali.",
            "The text is written in another way: another word, one blank or sign more or less, another capital; or they are bytes of another message, which should not be there.",
        ],
        fix: [
            "Compare a linha esperada com a recebida, a partir da marca, e copie o texto do documento.",
            "Compare the expected line with the received one, from the mark on, and copy the text of the document.",
        ],
    },
    Lesson {
        id: "no-answer",
        what: [
            "{actor} esperou {seconds} s e não recebeu nada.",
            "{actor} waited {seconds} s and received nothing.",
        ],
        why: [
            "O servidor não chama send neste caso, ou envia a resposta a outro cliente (o socket errado), ou o comando não foi reconhecido (maiúsculas, espaços, uma quebra de linha a mais na comparação), ou a thread do cliente terminou com um erro.",
            "The server never calls send in this case, or sends the reply to another client (the wrong socket), or does not recognise the command (case, blanks, a line break left in the comparison), or the client's thread ended with an error.",
        ],
        fix: [
            "Imprima no servidor o repr() do que chega, e siga o caminho até o send da resposta: a que socket ele envia?",
            "Print in the server the repr() of what arrives, and follow the way to the send of the reply: to which socket does it send?",
        ],
    },
    Lesson {
        id: "wrong-reply",
        what: [
            "{actor} recebeu a resposta de outro comando ({came}).",
            "{actor} received the reply to another command ({came}).",
        ],
        why: [
            "A comparação dos comandos pega o ramo errado: um `if` antes do outro, `startswith` ou `in` em vez da palavra inteira; ou a resposta era de outro cliente, e o servidor a enviou pelo socket errado.",
            "The comparison of commands takes the wrong branch: one `if` before another, `startswith` or `in` in place of the whole word; or the reply was another client's, and the server sent it on the wrong socket.",
        ],
        fix: [
            "Separe a primeira palavra da mensagem e compare-a inteira, um ramo para cada comando; e responda pelo socket de onde o comando veio.",
            "Split off the first word of the message and compare all of it, one branch for each command; and reply on the socket that the command came from.",
        ],
    },
    Lesson {
        id: "no-terminator",
        what: [
            "A resposta chegou a {actor} sem o terminador que a encerra.",
            "The reply reached {actor} without the terminator that ends it.",
        ],
        why: [
            "O servidor escreve o texto e esquece o fim de linha; quem lê por linhas espera para sempre.",
            "The server writes the text and forgets the end of the line; whoever reads by lines waits for ever.",
        ],
        fix: [
            "Acrescente o terminador do protocolo a cada send.",
            "Add the protocol's terminator to every send.",
        ],
    },
    Lesson {
        id: "only-the-beginning",
        what: [
            "{actor} recebeu {at} bytes que não são a mensagem inteira, e nada mais em {seconds} s.",
            "{actor} received {at} bytes that are not the whole message, and no more in {seconds} s.",
        ],
        why: [
            "A mensagem é enviada em partes e a última se perde, ou o texto é cortado antes do send; ou o que veio é de outra mensagem, ou em nome de outro.",
            "The message is sent in parts and the last one is lost, or the text is cut before send; or what came is of another message, or in another's name.",
        ],
        fix: [
            "Compare o recebido com o esperado. Se é o começo dele, use sendall em vez de send e envie a mensagem inteira de uma vez.",
            "Compare what was received with what was expected. If it is its beginning, use sendall in place of send, and send the whole message at once.",
        ],
    },
    Lesson {
        id: "truncated",
        what: [
            "A mensagem chegou a {actor} cortada depois de {at} bytes.",
            "The message reached {actor} cut off after {at} bytes.",
        ],
        why: [
            "Um buffer pequeno: recv(N) devolve no máximo N bytes, e o resto fica para a próxima leitura; ou send enviou só uma parte.",
            "A small buffer: recv(N) returns at most N bytes, and the rest is left for the next read; or send sent only a part.",
        ],
        fix: [
            "Leia até ter a mensagem inteira, com um buffer do tamanho do limite do protocolo, e envie com sendall.",
            "Read until the whole message is there, with a buffer as large as the protocol's limit, and send with sendall.",
        ],
    },
    Lesson {
        id: "broken-text",
        what: [
            "O texto chegou a {actor} com a codificação quebrada: a partir do byte {at}.",
            "The text reached {actor} with its encoding broken: from byte {at} on.",
        ],
        why: [
            "Bytes foram convertidos com str() (o que mostra b'…' ou \\xc3) ou decodificados com outra codificação; ou um caractere foi cortado entre duas leituras.",
            "Bytes were converted with str() (which shows b'…' or \\xc3) or decoded in another encoding; or a character was cut between two reads.",
        ],
        fix: [
            "Decodifique com .decode('utf-8') só mensagens inteiras, e codifique com .encode('utf-8') ao enviar.",
            "Decode with .decode('utf-8') whole messages only, and encode with .encode('utf-8') when sending.",
        ],
    },
    Lesson {
        id: "echo-to-oneself",
        what: [
            "{actor} recebeu de volta a mensagem que enviou; neste protocolo ela vai só para os outros.",
            "{actor} got its own message back; in this protocol it goes to the others alone.",
        ],
        why: [
            "O laço do broadcast percorre todos os clientes, também quem enviou.",
            "The loop of the broadcast goes over all clients, the sender too.",
        ],
        fix: [
            "No laço, pule o socket de quem enviou: if cliente is not remetente.",
            "Skip the sender's socket in the loop: if client is not sender.",
        ],
    },
    Lesson {
        id: "private-leak",
        what: [
            "{actor} recebeu uma mensagem privada que não era para si.",
            "{actor} received a private message that was not for it.",
        ],
        why: [
            "A mensagem privada usa o mesmo laço do broadcast, sem procurar o destino.",
            "The private message uses the broadcast's loop, without looking for the recipient.",
        ],
        fix: [
            "Procure o socket do destino pelo apelido e envie só a ele.",
            "Look up the recipient's socket by nickname, and send to it alone.",
        ],
    },
    Lesson {
        id: "wrong-recipient",
        what: [
            "{actor} recebeu uma mensagem que não era para si.",
            "{actor} received a message that was not for it.",
        ],
        why: [
            "O servidor escolhe os destinatários de outro jeito do que o documento (uma resposta vai a todos, e não só a quem pediu; uma mensagem privada, a quem a enviou), ou guarda o socket errado para este apelido.",
            "The server chooses the recipients in another way than the document (a reply goes to all, not only to the one who asked; a private message to its sender), or keeps the wrong socket for this nickname.",
        ],
        fix: [
            "Imprima a cada envio o apelido e o socket de destino, e compare com o documento.",
            "Print the nickname and socket of each recipient, and compare with the document.",
        ],
    },
    Lesson {
        id: "duplicate",
        what: [
            "{actor} recebeu a mesma mensagem outra vez.",
            "{actor} received the same message again.",
        ],
        why: [
            "O cliente está duas vezes na lista de sockets, ou o broadcast é chamado em dois lugares, ou a resposta ao pedido de outro cliente vai a todos.",
            "The client is in the list of sockets twice, or the broadcast is called in two places, or the reply to another client's request goes to all.",
        ],
        fix: [
            "Acrescente cada socket uma só vez, remova-o quando o cliente sai, e envie uma resposta só a quem pediu.",
            "Add each socket once only, remove it when the client leaves, and send a reply only to the one who asked.",
        ],
    },
    Lesson {
        id: "unasked-error",
        what: [
            "{actor} recebeu um erro sem ter feito nada de errado.",
            "{actor} received an error without having done anything wrong.",
        ],
        why: [
            "Um resto de mensagem (uma quebra de linha, a segunda metade) foi tratado como outro comando, ou a resposta ao erro de um cliente foi enviada a todos.",
            "A rest of a message (a line break, its second half) was treated as another command, or the reply to one client's mistake was sent to all.",
        ],
        fix: [
            "Imprima o repr() do que o servidor leu antes deste erro.",
            "Print the repr() of what the server read before this error.",
        ],
    },
    Lesson {
        id: "unexpected-data",
        what: [
            "{actor} recebeu algo que nada explica.",
            "{actor} received something that nothing explains.",
        ],
        why: [
            "Uma resposta enviada duas vezes ou no lugar de outra, uma mensagem ao cliente errado, ou um texto de depuração enviado pelo socket.",
            "A reply sent twice or in place of another, a message to the wrong client, or a debugging text sent through the socket.",
        ],
        fix: [
            "Procure no servidor qual send escreve estes bytes.",
            "Look in the server for the send that writes these bytes.",
        ],
    },
    Lesson {
        id: "not-delivered",
        what: [
            "{actor} não recebeu a mensagem de {from}.",
            "{actor} did not receive the message of {from}.",
        ],
        why: [
            "O broadcast não alcança este cliente: o texto não é enviado a ninguém, o socket não está na lista, o laço termina antes, ou o comando não foi reconhecido.",
            "The broadcast does not reach this client: the text is sent to nobody, its socket is not in the list, the loop ends early, or the command was not recognised.",
        ],
        fix: [
            "Imprima a lista de clientes no broadcast e o resultado de cada send.",
            "Print the list of clients in the broadcast, and the result of each send.",
        ],
    },
    Lesson {
        id: "broadcast-poisoned",
        what: [
            "Depois que a conexão de outro caiu, {actor} não recebeu a mensagem de {from}.",
            "After another's connection was lost, {actor} did not receive the message of {from}.",
        ],
        why: [
            "O socket que morreu ainda está na lista: o send a ele falha, a exceção interrompe o laço, e quem vem depois não recebe nada.",
            "The dead socket is still in the list: the send to it fails, the exception ends the loop, and those after it receive nothing.",
        ],
        fix: [
            "Trate o erro de cada send dentro do laço, e remova da lista o socket que falhou.",
            "Handle the error of each send inside the loop, and remove the socket that failed from the list.",
        ],
    },
    Lesson {
        id: "broadcast-ends-early",
        what: [
            "{actor} não recebeu a mensagem de {from}.",
            "{actor} did not receive the message of {from}.",
        ],
        why: [
            "O broadcast não alcança este cliente: o laço termina antes dele, no socket de um cliente que já saiu e ainda está na lista (o send a ele falha, e a exceção interrompe o laço); ou o texto não é enviado a ninguém, ou o socket deste cliente não está na lista, ou o comando não foi reconhecido.",
            "The broadcast does not reach this client: the loop ends before it, at the socket of a client that has left and is still in the list (the send to it fails, and the exception ends the loop); or the text is sent to nobody, or this client's socket is not in the list, or the command was not recognised.",
        ],
        fix: [
            "Reinicie o servidor e repita só este cenário, com o comando abaixo. Se passa, trate o erro de cada send dentro do laço e remova da lista quem saiu. Se falha, imprima a lista de clientes no broadcast e o resultado de cada send.",
            "Start the server anew and run just this scenario, with the command below. If it passes, handle the error of each send inside the loop, and remove from the list who has left. If it fails, print the list of clients in the broadcast, and the result of each send.",
        ],
    },
    Lesson {
        id: "silenced-by-refusal",
        what: [
            "{actor} não recebeu a mensagem de {from}, depois que um pedido de um dos dois foi recusado.",
            "{actor} did not receive the message of {from}, after something that one of them had asked for was refused.",
        ],
        why: [
            "A recusa deixou algo para trás: o socket do cliente foi retirado da lista ao responder com o erro, ou nunca entrou nela porque a nova tentativa segue outro caminho no código, ou uma variável que marca o erro não voltou ao seu valor.",
            "The refusal left something behind: the client's socket was taken from the list when the error was sent, or it never got there because the second try takes another path through the code, or a variable that marks the error was not set back.",
        ],
        fix: [
            "Compare o que o código faz depois de um erro com o que faz depois de um pedido aceito: a sessão deve continuar igual. Imprima a lista de clientes antes e depois da recusa.",
            "Compare what the code does after an error with what it does after a request that is granted: the session must go on the same. Print the list of clients before and after the refusal.",
        ],
    },
    Lesson {
        id: "removed-by-name",
        what: [
            "{actor} não recebeu a mensagem de {from}, depois que saiu alguém a quem o mesmo apelido tinha sido recusado.",
            "{actor} did not receive the message of {from}, after somebody had left to whom the same nickname had been refused.",
        ],
        why: [
            "Quem sai é removido pelo apelido que pediu, e não pelo seu socket: a saída de quem foi recusado apaga o verdadeiro dono do apelido.",
            "Who leaves is removed by the nickname that it asked for, not by its socket: the departure of who was refused deletes the true holder of the nickname.",
        ],
        fix: [
            "Guarde o apelido do cliente só depois de aceito e, na saída, remova a entrada apenas se o socket guardado nela for o de quem saiu.",
            "Store a client's nickname only once it is accepted, and at its departure remove the entry only if the socket stored there is that of who left.",
        ],
    },
    Lesson {
        id: "private-not-delivered",
        what: [
            "{actor} não recebeu a mensagem privada de {from}.",
            "{actor} did not receive the private message of {from}.",
        ],
        why: [
            "O destino não foi encontrado: o apelido guardado tem um espaço ou uma quebra de linha a mais, ou a mensagem foi dividida no lugar errado.",
            "The recipient was not found: the nickname is stored with a blank or line break, or the message was split at the wrong place.",
        ],
        fix: [
            "Imprima o repr() do destino pedido e dos apelidos guardados.",
            "Print the repr() of the requested recipient and of the stored nicknames.",
        ],
    },
    Lesson {
        id: "no-echo",
        what: [
            "{actor} não recebeu a sua própria mensagem de volta.",
            "{actor} did not get its own message back.",
        ],
        why: [
            "O laço do broadcast pula quem enviou; neste protocolo a mensagem volta também a ele.",
            "The loop of the broadcast skips the sender; in this protocol the message goes back to it too.",
        ],
        fix: [
            "Envie a mensagem a todos os clientes, também a quem a enviou.",
            "Send the message to all clients, its sender too.",
        ],
    },
    Lesson {
        id: "wrong-order-or-lost",
        what: [
            "{actor} recebeu outra mensagem no lugar da esperada: uma se perdeu ou a ordem mudou.",
            "{actor} received another message in place of the expected one: one was lost, or the order changed.",
        ],
        why: [
            "Cada mensagem é enviada por uma thread própria, e a segunda passa a primeira; ou duas mensagens foram lidas como uma, e uma delas se perdeu.",
            "Each message is sent by a thread of its own, and the second overtakes the first; or two messages were read as one, and one of them was lost.",
        ],
        fix: [
            "Envie as mensagens de cada cliente na ordem em que foram lidas: na própria thread que as lê, ou por uma fila com uma só thread que envia. Um lock sozinho não garante a ordem.",
            "Send each client's messages in the order in which they were read: in the thread that reads them, or through a queue with one thread that sends. A lock alone does not keep the order.",
        ],
    },
    Lesson {
        id: "no-notice",
        what: [
            "{actor} não foi avisado de {who}.",
            "{actor} was not told about {who}.",
        ],
        why: [
            "O servidor não envia este aviso, ou o envia só a alguns: só a quem entra ou sai, ou só a quem já estava; ou o laço do broadcast não chega a este cliente, porque termina antes ou porque alguém é removido da lista enquanto ela é percorrida.",
            "The server does not send this notice, or only to some: only to the one who comes or goes, or only to those who were there; or the loop of the broadcast does not get to this client, as it ends before, or as somebody is removed from the list while it goes through it.",
        ],
        fix: [
            "Chame o broadcast do aviso depois de entrar e antes de remover quem sai, e percorra uma cópia da lista (list(clientes)); se o protocolo o prevê, diga também a quem entra quem já está.",
            "Call the broadcast of the notice after a join, and before removing who leaves, and go through a copy of the list (list(clients)); where the protocol says so, tell the newcomer who is there, too.",
        ],
    },
    Lesson {
        id: "no-notice-of-abrupt-end",
        what: [
            "{actor} não foi avisado de que {who} caiu.",
            "{actor} was not told that {who} was lost.",
        ],
        why: [
            "Quando recv devolve vazio ou lança um erro, a thread termina calada: só a palavra de saída gera o aviso (ou nenhuma saída o gera).",
            "When recv returns nothing or raises an error, the thread ends silently: only the word for leaving makes the notice (or no way out does).",
        ],
        fix: [
            "Ponha a remoção e o aviso em um finally, para todas as saídas.",
            "Put the removal and the notice into a finally, for every way out.",
        ],
    },
    Lesson {
        id: "no-refusal",
        what: [
            "{actor} devia ser recusado e não recebeu nada.",
            "{actor} should have been refused, and received nothing.",
        ],
        why: [
            "O caso de erro não tem resposta: o servidor ignora o pedido, ou responde a outro cliente.",
            "The error case has no reply: the server ignores the request, or replies to another client.",
        ],
        fix: [
            "Envie o erro do documento no ramo que hoje não faz nada.",
            "Send the document's error in the branch that does nothing today.",
        ],
    },
    Lesson {
        id: "accepted-instead-of-refused",
        what: [
            "{actor} devia ser recusado e foi atendido ({came}).",
            "{actor} should have been refused, and was served ({came}).",
        ],
        why: [
            "Falta uma verificação antes de aceitar: se o apelido está livre e não está em branco, se o comando existe, se a mensagem tem texto, se o destinatário existe.",
            "A check before accepting is missing: whether the nickname is free and not blank, whether the command exists, whether the message has a text, whether the recipient exists.",
        ],
        fix: [
            "Verifique antes de aceitar (o apelido, com o lock já tomado), e responda com o erro do documento.",
            "Check before accepting (the nickname with the lock held), and reply with the document's error.",
        ],
    },
    Lesson {
        id: "refused-instead-of-served",
        what: [
            "{actor} foi recusado ({came}) em um pedido correto.",
            "{actor} was refused ({came}) for a correct request.",
        ],
        why: [
            "O pedido não foi reconhecido: a comparação espera outra forma, ou um resto da mensagem anterior veio junto.",
            "The request was not recognised: the comparison expects another form, or a rest of the last message came with it.",
        ],
        fix: [
            "Imprima o repr() do pedido como o servidor o leu.",
            "Print the repr() of the request as the server read it.",
        ],
    },
    Lesson {
        id: "missing-in-list",
        what: [
            "A lista que {actor} recebeu não tem {who}, que está no chat.",
            "The list that {actor} received lacks {who}, who is in the chat.",
        ],
        why: [
            "A lista é montada com outra estrutura do que a do broadcast, ou o apelido foi guardado só depois da resposta.",
            "The list is made from another structure than the broadcast's, or the nickname was stored only after the reply.",
        ],
        fix: [
            "Monte a lista com a mesma estrutura que guarda os clientes, com o lock tomado.",
            "Make the list from the structure that holds the clients, with the lock held.",
        ],
    },
    Lesson {
        id: "ghost-in-list",
        what: [
            "A lista que {actor} recebeu ainda tem {who}, que não está mais no chat.",
            "The list that {actor} received still has {who}, who is not in the chat.",
        ],
        why: [
            "Quem sai não é removido em todos os caminhos: ao sair com a palavra, ao fechar o socket e ao cair a conexão.",
            "Who leaves is not removed on every way out: the word for leaving, a closed socket, a lost connection.",
        ],
        fix: [
            "Remova o cliente em um finally, para que aconteça em todas as saídas.",
            "Remove the client in a finally, so that it happens on every way out.",
        ],
    },
    Lesson {
        id: "twice-in-list",
        what: [
            "A lista que {actor} recebeu tem {who} duas vezes.",
            "The list that {actor} received has {who} twice.",
        ],
        why: [
            "O apelido foi guardado outra vez sem que a entrada anterior fosse removida: a de uma conexão que já terminou, ou a que outro trecho do código já tinha criado.",
            "The nickname was stored again and its former entry not removed: that of a connection that has ended, or one that another part of the code had made already.",
        ],
        fix: [
            "Guarde cada cliente uma só vez, em um só lugar, quando é aceito, e remova a entrada em todas as saídas (finally).",
            "Store each client once, in one place, when it is accepted, and remove the entry on every way out (finally).",
        ],
    },
    Lesson {
        id: "closed",
        what: [
            "O servidor fechou a conexão de {actor}, que devia continuar aberta.",
            "The server closed the connection of {actor}, which should have stayed open.",
        ],
        why: [
            "Uma exceção na thread deste cliente encerrou o laço, ou a resposta é seguida de close.",
            "An exception in this client's thread ended the loop, or the reply is followed by close.",
        ],
        fix: [
            "Veja a saída do servidor neste instante: um traceback mostra a linha.",
            "Look at the server's output at this moment: a traceback shows the line.",
        ],
    },
    Lesson {
        id: "closed-at-once",
        what: [
            "O servidor fechou a conexão de {actor} antes de deixá-lo entrar.",
            "The server closed the connection of {actor} before it was let in.",
        ],
        why: [
            "Uma exceção logo depois do accept, ou um limite de clientes já atingido.",
            "An exception right after accept, or a limit of clients already reached.",
        ],
        fix: [
            "Veja a saída do servidor: um traceback mostra a linha.",
            "Look at the server's output: a traceback shows the line.",
        ],
    },
    Lesson {
        id: "closed-after-invalid-bytes",
        what: [
            "Depois de bytes que não são texto, o servidor fechou a conexão de {actor}.",
            "After bytes that are no text, the server closed the connection of {actor}.",
        ],
        why: DECODE_RAISES,
        fix: DECODE_WITH_CARE,
    },
    Lesson {
        id: "stays-open",
        what: [
            "O servidor não fechou a conexão de {actor} em {seconds} s.",
            "The server did not close the connection of {actor} within {seconds} s.",
        ],
        why: [
            "Depois da despedida o laço continua (falta o break), ou termina sem close, ou a thread espera por outra coisa (um lock) antes de fechar.",
            "After the goodbye the loop goes on (a break is missing), or ends without close, or the thread waits for something else (a lock) before it closes.",
        ],
        fix: [
            "Saia do laço depois da despedida, e feche o socket em um finally.",
            "Leave the loop after the goodbye, and close the socket in a finally.",
        ],
    },
    Lesson {
        id: "deadlock-at-departure",
        what: [
            "Depois que {after} saiu, o servidor não responde mais a ninguém, nem a um cliente novo.",
            "After {after} left, the server answers nobody any more, not even a new client.",
        ],
        why: [
            "O lock é tomado para remover quem sai e, ainda com ele, o broadcast do aviso o toma outra vez. Um Lock comum não pode ser tomado duas vezes pela mesma thread: ela espera por si mesma para sempre.",
            "The lock is taken to remove the one who leaves and, with it still held, the broadcast of the notice takes it again. A plain Lock cannot be taken twice by one thread: it waits for itself for ever.",
        ],
        fix: [
            "Solte o lock antes de chamar o broadcast (copie a lista de clientes com o lock, envie sem ele), ou use RLock.",
            "Release the lock before calling the broadcast (copy the list of clients with the lock held, send without it), or use RLock.",
        ],
    },
    Lesson {
        id: "hang",
        what: [
            "O servidor não responde mais a ninguém, nem a um cliente novo.",
            "The server answers nobody any more, not even a new client.",
        ],
        why: [
            "Uma thread segura um lock e espera (por um socket, por outro lock), ou o laço principal está parado em uma leitura.",
            "One thread holds a lock and waits (for a socket, for another lock), or the main loop stands still in a read.",
        ],
        fix: [
            "Procure o que o servidor fazia na última ação antes do silêncio, e não faça entrada e saída com o lock tomado.",
            "Look for what the server did in the last action before the silence, and do no input or output while holding a lock.",
        ],
    },
    Lesson {
        id: "blocking-accept",
        what: [
            "Enquanto um cliente está conectado sem dizer nada, o servidor não atende mais ninguém.",
            "While one client is connected and says nothing, the server serves nobody else.",
        ],
        why: [
            "O apelido é lido (recv) no laço do accept: o servidor espera por este cliente e não aceita outros.",
            "The nickname is read (recv) in the accept loop: the server waits for this client and accepts no others.",
        ],
        fix: [
            "Depois do accept, comece logo a thread do cliente, e leia o apelido dentro dela.",
            "Start the client's thread right after accept, and read the nickname inside it.",
        ],
    },
    Lesson {
        id: "blocked-by-slow-reader",
        what: [
            "Enquanto um cliente não lê o que recebe, o servidor não atende mais ninguém, ou só depois de esperar por ele a cada mensagem.",
            "While one client does not read what it receives, the server serves nobody else, or only after waiting for it at each message.",
        ],
        why: [
            "send bloqueia quando o buffer deste cliente enche, e o laço (ou o lock) do broadcast fica preso nele.",
            "send blocks when this client's buffer is full, and the loop (or lock) of the broadcast is stuck in it.",
        ],
        fix: [
            "Dê a cada cliente uma fila e uma thread que envia, ou um tempo máximo ao socket, e desconecte quem não lê.",
            "Give each client a queue and a thread that sends, or the socket a timeout, and disconnect who does not read.",
        ],
    },
    Lesson {
        id: "crash",
        what: [
            "O servidor morreu neste cenário.",
            "The server died in this scenario.",
        ],
        why: [
            "Uma exceção que ninguém tratou chegou ao laço principal.",
            "An exception that nobody handled reached the main loop.",
        ],
        fix: [
            "Veja as últimas linhas que ele imprimiu: o traceback mostra a linha.",
            "Look at the last lines that it printed: the traceback shows the line.",
        ],
    },
    Lesson {
        id: "dies-of-a-disconnect",
        what: [
            "O servidor morreu depois que uma conexão caiu.",
            "The server died after a connection was lost.",
        ],
        why: [
            "recv devolve vazio (b'') quando o outro lado fecha, e lança ConnectionResetError quando ele aborta; send a um socket já fechado lança BrokenPipeError (em C, o sinal SIGPIPE encerra o processo). Ninguém trata um destes casos.",
            "recv returns nothing (b'') when the other side closes, and raises ConnectionResetError when it aborts; send to a socket that was closed raises BrokenPipeError (in C, the signal SIGPIPE ends the process). Nobody handles one of these cases.",
        ],
        fix: [
            "Tome o vazio por uma saída (if not dados: break), trate OSError em volta de recv e de send, e remova só este cliente. Em C, envie com MSG_NOSIGNAL.",
            "Take nothing for a departure (if not data: break), handle OSError around recv and send, and remove this client alone. In C, send with MSG_NOSIGNAL.",
        ],
    },
    Lesson {
        id: "dies-of-invalid-bytes",
        what: [
            "O servidor morreu depois de receber bytes que não são texto.",
            "The server died after it received bytes that are no text.",
        ],
        why: DECODE_RAISES,
        fix: DECODE_WITH_CARE,
    },
    Lesson {
        id: "zombie-after-invalid-bytes",
        what: [
            "Depois de bytes que não são texto, o servidor não responde mais a {actor}, e a conexão continua aberta.",
            "After bytes that are no text, the server no longer answers {actor}, and the connection is still open.",
        ],
        why: [
            "A thread deste cliente morreu com UnicodeDecodeError sem fechar o socket.",
            "This client's thread died of UnicodeDecodeError without closing the socket.",
        ],
        fix: [
            "Trate o erro de decode() dentro do laço, ou feche o socket em um finally.",
            "Handle the error of decode() inside the loop, or close the socket in a finally.",
        ],
    },
    Lesson {
        id: "nobody-listens",
        what: [
            "Ninguém escuta neste endereço: a conexão de {actor} foi recusada.",
            "Nobody listens at this address: the connection of {actor} was refused.",
        ],
        why: [
            "O servidor não foi iniciado, escuta em outra porta, ou terminou.",
            "The server was not started, listens on another port, or has ended.",
        ],
        fix: [
            "Inicie o servidor e confira o endereço e a porta que ele imprime.",
            "Start the server, and check the address and port that it prints.",
        ],
    },
    Lesson {
        id: "out-of-time",
        what: [
            "O tempo do cenário acabou ({seconds} s) antes do fim.",
            "The scenario's time was up ({seconds} s) before its end.",
        ],
        why: [
            "O servidor responde muito devagar, ou não para de enviar.",
            "The server answers very slowly, or never stops sending.",
        ],
        fix: [
            "Se o servidor é só lento, repita com --time-scale 3.",
            "If the server is only slow, repeat with --time-scale 3.",
        ],
    },
    Lesson {
        id: "not-to-the-letter",
        what: [
            "Certo, mas não ao pé da letra: o que {actor} recebeu se entende, mas o documento o escreve de outro jeito.",
            "Right, but not to the letter: what {actor} received can be understood, but the document writes it in another way.",
        ],
        why: [
            "O texto foi escrito de memória.",
            "The text was written from memory.",
        ],
        fix: ["Copie a forma do documento.", "Copy the document's form."],
    },
];
