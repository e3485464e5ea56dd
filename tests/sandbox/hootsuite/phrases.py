"""What customers write, in four languages and by what they want. All texts are ours.

``{product}``, ``{order}`` and ``{city}`` are filled in. Irony says something kind and means the opposite.
"""

KINDS = (
    "question",
    "complaint",
    "urgent",
    "irony",
    "praise",
    "purchase",
    "product",
    "spam",
    "thanks",
    "support",
)

PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "question": (
            "Hello, do you ship to {city}?",
            "What are your opening hours on Saturday?",
            "Is there a shop near {city} where I can look at your tents?",
        ),
        "complaint": (
            "My order {order} arrived broken and nobody answers my mails. I am really disappointed.",
            "The zip of my {product} failed after two days. This is terrible quality.",
            "Worst service ever. I have been waiting for three weeks for {order}.",
        ),
        "urgent": (
            "URGENT: we leave tomorrow morning and {order} has still not arrived!",
            "I need help right now, the stove of my {product} is leaking gas.",
            "Please cancel {order} immediately, I was charged twice!",
        ),
        "irony": (
            "Great job, my {product} leaked in the very first rain. Just wonderful, thanks a lot.",
            "Oh fantastic, another delay for {order}. You really are the best.",
            "Lovely: two left gloves in one box. Exactly what I always wanted.",
        ),
        "praise": (
            "I love my new {product}, we had a wonderful weekend near {city}!",
            "Great advice in your shop today, thank you. Excellent team!",
            "Best jacket I ever had. Five stars.",
        ),
        "purchase": (
            "I would like to buy twelve {product} for our club. Can you make me an offer?",
            "We equip a school in {city} and need a quote for thirty sleeping bags.",
            "How much is the {product} and can I pay by invoice? I want to order today.",
        ),
        "product": (
            "Has anybody tried the {product}? Thinking about getting one.",
            "Saw the {product} in a video yesterday. Is the green one back in stock?",
            "Does the {product} fit under a {product} rain cover?",
        ),
        "spam": (
            "Earn 5000 a week from home!!! Click https://win.example.com now",
            "Buy followers cheap, 10k for 9.99 >>> https://boost.example.com",
            "Congratulations, you were selected for a free phone: https://prize.example.com",
        ),
        "thanks": ("Thank you, that helped.", "Perfect, thanks!", "Great, it works now."),
        "support": (
            "How do I set up the poles of my {product}? The manual is missing.",
            "I cannot log in to my account any more, the password mail never comes.",
            "Where do I find the invoice for {order}?",
        ),
    },
    "fr": {
        "question": (
            "Bonjour, est-ce que vous livrez à {city} ?",
            "Quels sont vos horaires le samedi ?",
            "Y a-t-il un magasin près de {city} ?",
        ),
        "complaint": (
            "Ma commande {order} est arrivée cassée et personne ne répond. Je suis très déçu.",
            "La fermeture de ma {product} a lâché au bout de deux jours. C'est inadmissible.",
            "Service lamentable, j'attends {order} depuis trois semaines.",
        ),
        "urgent": (
            "URGENT : nous partons demain matin et {order} n'est toujours pas là !",
            "Aidez-moi tout de suite, le réchaud de ma {product} fuit.",
            "Annulez {order} immédiatement, j'ai été débité deux fois !",
        ),
        "irony": (
            "Bravo, ma {product} a pris l'eau à la première pluie. Vraiment génial, merci beaucoup.",
            "Super, encore un retard pour {order}. Vous êtes décidément les meilleurs.",
            "Magnifique : deux gants gauches dans la boîte. Exactement ce que je voulais.",
        ),
        "praise": (
            "J'adore ma nouvelle {product}, quel beau week-end près de {city} !",
            "Excellents conseils en magasin aujourd'hui, merci à toute l'équipe.",
            "La meilleure veste que j'aie jamais eue.",
        ),
        "purchase": (
            "Je voudrais acheter douze {product} pour notre club. Pouvez-vous me faire un devis ?",
            "Nous équipons une école à {city}, il nous faut une offre pour trente duvets.",
            "Combien coûte la {product} et peut-on payer sur facture ?",
        ),
        "product": (
            "Quelqu'un a essayé la {product} ? J'hésite.",
            "J'ai vu la {product} dans une vidéo. La verte est-elle de retour ?",
            "La {product} résiste-t-elle au vent ?",
        ),
        "spam": (
            "Gagnez 5000 par semaine chez vous !!! https://win.example.com",
            "Abonnés pas chers, 10k pour 9,99 >>> https://boost.example.com",
            "Félicitations, un téléphone gratuit vous attend : https://prize.example.com",
        ),
        "thanks": ("Merci, ça m'a aidé.", "Parfait, merci !", "Super, ça marche."),
        "support": (
            "Comment monter les arceaux de ma {product} ? La notice manque.",
            "Je ne peux plus me connecter à mon compte, le mail n'arrive pas.",
            "Où trouver la facture de {order} ?",
        ),
    },
    "de": {
        "question": (
            "Hallo, liefern Sie auch nach {city}?",
            "Wie sind Ihre Öffnungszeiten am Samstag?",
            "Gibt es ein Geschäft in der Nähe von {city}?",
        ),
        "complaint": (
            "Meine Bestellung {order} kam kaputt an und niemand antwortet. Ich bin sehr enttäuscht.",
            "Der Reißverschluss meiner {product} ist nach zwei Tagen kaputt. Schlechte Qualität.",
            "Furchtbarer Service, ich warte seit drei Wochen auf {order}.",
        ),
        "urgent": (
            "DRINGEND: wir fahren morgen früh los und {order} ist immer noch nicht da!",
            "Ich brauche sofort Hilfe, der Kocher meiner {product} verliert Gas.",
            "Bitte {order} sofort stornieren, es wurde zweimal abgebucht!",
        ),
        "irony": (
            "Na toll, meine {product} war beim ersten Regen undicht. Ganz großartig, vielen Dank.",
            "Super, schon wieder eine Verspätung bei {order}. Ihr seid wirklich die Besten.",
            "Wunderbar: zwei linke Handschuhe in einer Schachtel. Genau das wollte ich.",
        ),
        "praise": (
            "Ich liebe meine neue {product}, ein herrliches Wochenende bei {city}!",
            "Sehr gute Beratung heute im Laden, danke. Tolles Team!",
            "Die beste Jacke, die ich je hatte.",
        ),
        "purchase": (
            "Ich möchte zwölf {product} für unseren Verein kaufen. Machen Sie mir ein Angebot?",
            "Wir statten eine Schule in {city} aus und brauchen ein Angebot für dreißig Schlafsäcke.",
            "Was kostet die {product} und kann ich auf Rechnung bestellen?",
        ),
        "product": (
            "Hat jemand die {product} ausprobiert? Ich überlege noch.",
            "Habe die {product} in einem Video gesehen. Gibt es die grüne wieder?",
            "Hält die {product} auch Wind aus?",
        ),
        "spam": (
            "5000 pro Woche von zu Hause verdienen!!! https://win.example.com",
            "Follower günstig, 10k für 9,99 >>> https://boost.example.com",
            "Glückwunsch, Ihr Gratis-Handy wartet: https://prize.example.com",
        ),
        "thanks": ("Danke, das hat geholfen.", "Perfekt, danke!", "Super, jetzt geht es."),
        "support": (
            "Wie baue ich das Gestänge meiner {product} auf? Die Anleitung fehlt.",
            "Ich kann mich nicht mehr anmelden, die Mail kommt nicht an.",
            "Wo finde ich die Rechnung zu {order}?",
        ),
    },
    "es": {
        "question": (
            "Hola, ¿hacéis envíos a {city}?",
            "¿Qué horario tenéis los sábados?",
            "¿Hay una tienda cerca de {city}?",
        ),
        "complaint": (
            "Mi pedido {order} llegó roto y nadie responde. Estoy muy decepcionado.",
            "La cremallera de mi {product} se rompió a los dos días. Pésima calidad.",
            "Un servicio horrible, llevo tres semanas esperando {order}.",
        ),
        "urgent": (
            "URGENTE: salimos mañana temprano y {order} todavía no ha llegado.",
            "Necesito ayuda ya, el hornillo de mi {product} pierde gas.",
            "Cancelad {order} ahora mismo, ¡me lo habéis cobrado dos veces!",
        ),
        "irony": (
            "Enhorabuena, mi {product} se mojó con la primera lluvia. Maravilloso, muchas gracias.",
            "Genial, otro retraso de {order}. De verdad que sois los mejores.",
            "Precioso: dos guantes izquierdos en la caja. Justo lo que quería.",
        ),
        "praise": (
            "Me encanta mi nueva {product}, ¡qué fin de semana cerca de {city}!",
            "Muy buen consejo hoy en la tienda, gracias. ¡Gran equipo!",
            "La mejor chaqueta que he tenido.",
        ),
        "purchase": (
            "Quiero comprar doce {product} para nuestro club. ¿Me podéis hacer una oferta?",
            "Equipamos una escuela en {city} y necesitamos presupuesto para treinta sacos.",
            "¿Cuánto cuesta la {product} y se puede pagar con factura?",
        ),
        "product": (
            "¿Alguien ha probado la {product}? Estoy dudando.",
            "Vi la {product} en un vídeo. ¿Ha vuelto la verde?",
            "¿La {product} aguanta el viento?",
        ),
        "spam": (
            "¡Gana 5000 a la semana desde casa! https://win.example.com",
            "Seguidores baratos, 10k por 9,99 >>> https://boost.example.com",
            "Felicidades, un móvil gratis te espera: https://prize.example.com",
        ),
        "thanks": ("Gracias, me ha servido.", "¡Perfecto, gracias!", "Genial, ya funciona."),
        "support": (
            "¿Cómo monto las varillas de mi {product}? Falta el manual.",
            "Ya no puedo entrar en mi cuenta, el correo no llega.",
            "¿Dónde está la factura de {order}?",
        ),
    },
}

#: What an agent writes back.
REPLIES = {
    "en": "Thank you for your message, we look into it.",
    "fr": "Merci pour votre message, nous regardons cela.",
    "de": "Danke für Ihre Nachricht, wir sehen uns das an.",
    "es": "Gracias por tu mensaje, lo miramos.",
}
CITIES = {"en": "Leeds", "fr": "Namur", "de": "Bremen", "es": "Gijón"}
PRODUCTS = ("Trail Tent Two", "Alpine Jacket", "Ridge Backpack", "Camp Stove Mini")
