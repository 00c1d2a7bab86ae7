"""Loaded words of English: those with which a writer takes sides without saying so.

The kinds follow the literature on biased language (Recasens et al. 2013: one-sided terms, subjective intensifiers,
verbs that doubt or charge) and style guides that warn of such words; the words are our own choice, of no data set, and
of either political side. A word of the list is no verdict: what it says of a sentence is learned from people's labels.
"""

from functools import cache

#: Each word stands for its regular forms, too.
LOADED: dict[str, str] = {
    "attacks": """assail attack bash belittle berate besmirch blast bludgeon bully castigate chastise chide
        condemn decry defame dehumanize demonise demonize denigrate denounce deride disparage eviscerate excoriate
        hammer harass humiliate insult intimidate jeer lambast lambaste lash malign menace mock pillory pummel
        rebuke ridicule rip savage scapegoat scoff scold shame skewer slam smear sneer stalk stigmatize taunt trash
        trounce vilify""",
    "outbursts": """admit bemoan bicker blather bleat bluster boast brag cackle cheerlead claim complain concede
        confess crow decry fawn freak fret fume gloat gripe gush holler howl insist lament lecture moan parrot
        pontificate preach proclaim rage rant rave regurgitate scream shriek snarl sob spew spout squabble thunder
        tout trumpet wail whine""",
    "deceit": """baseless bogus charade conspiracy conspiratorial coverup debunk deceitful deceive deception
        discredit dishonest disinformation distort distortion dupe duplicitous fabricate fake falsehood fearmonger
        feign fraud fraudulent gaslight hoax hoodwink hypocrisy hypocrite hypocritical liar lie lied lying
        misinformation mislead misleading misled myth pander peddle phony ploy pretend pretense propaganda ruse scam
        scaremonger sham spin twist unfounded untrue whitewash""",
    "force": """abet annihilate appease brainwash brutalize butcher capitulate cave censor coddle coerce cripple
        crush decimate destroy devastate dismantle embolden enable erode escalate exploit foment fuel grab grovel
        gut hijack impose incite indoctrinate infest infiltrate inflame inflict invade kowtow loot lynch manipulate
        massacre murder muzzle obliterate oppress pillage plunder poison pollute ram ravage ruin sabotage seize
        shove silence slash slaughter stifle stoke subjugate subvert suppress surrender swarm terrorize trample
        undermine unleash weaponise weaponize wreck""",
    "persons": """agitator anarchist apologist bigot buffoon bully champion clown coward crackpot criminal
        cronies crony crook crusader darling demagogue denier despot dictator elite elites elitist enabler extremist
        fanatic firebrand fool globalist goon grifter hack hater henchman henchmen hero homophobe horde ideologue
        idiot lackey looter loyalist lunatic martyr minion misogynist mob monster moron mouthpiece oligarch parasite
        patriot pervert predator provocateur puppet racist radical rioter sexist shill snowflake stooge strongman
        sycophant terrorist thief thug traitor troll tycoon tyrant villain warmonger warrior xenophobe zealot""",
    "camps": """antifa capitalist colonialist communism communist conservative establishment fascism fascist
        feminism feminist fringe hardcore hardline hardliner hyperpartisan ideological ideology imperialist islamist
        jihadist leftist liberal libertarian maga mainstream marxism marxist militant nationalism nationalist nazi
        neocon neoconservative neoliberal partisan patriarchal patriarchy populism populist progressive reactionary
        regime rightist socialism socialist supremacist supremacy swamp ultraconservative woke zionist""",
    "bad": """abhorrent absurd aggressive alarming antisemitic appalling archaic arrogant atrocious
        authoritarian awful backward baffling barbaric beleaguered belligerent bigoted bizarre blatant bloated
        bloodthirsty botched brazen brutal callous catastrophic chaotic childish chilling combative contentious
        controversial corrupt cowardly crazy creepy crippling crooked crude cruel cynical dangerous deadly defiant
        degrading delusional demeaning deplorable deranged derogatory desperate despicable destructive devastating
        dire disastrous discriminatory disgraced disgraceful disgusting disturbing divisive draconian dreadful
        dubious dumb dystopian egregious embattled empty evil exploitative extreme failed failing fanatical feckless
        filthy flagrant flawed flimsy frantic frightening greedy grim grotesque gutless hapless harsh hateful
        heartless heinous hollow homophobic horrendous horrible horrific horrifying hysterical idiotic ignorant
        illegitimate illogical immoral incendiary incoherent incompetent indefensible inept inexcusable infamous
        inflammatory insane insidious irrational irresponsible islamophobic laughable lazy lethal ludicrous massive
        meaningless mindless misogynistic moronic murderous murky narcissist narcissistic nasty needless nefarious
        nonsensical notorious obscene obsessed obsessive oppressive orwellian outrageous paranoid pathetic
        pernicious petulant pointless polarizing predatory prejudiced preposterous punitive puritanical questionable
        rabid rampant reckless repugnant ridiculous rigged rotten ruthless scary selfish senseless shady shameful
        shameless shocking sickening silly sinister spineless staggering stunning stupid suspicious tainted terrible
        terrifying totalitarian toxic transphobic troubling tyrannical ugly unconscionable unethical unfair unhinged
        unjust unprecedented unscientific useless vicious vile violent vulgar wasteful weak weird wicked worthless
        xenophobic""",
    "good": """acclaimed admirable amazing beautiful beloved bold brave brilliant celebrated compassionate
        courageous decent esteemed excellent extraordinary fantastic fearless fierce gifted glorious groundbreaking
        heroic historic honorable iconic incredible innocent inspiring landmark legendary magnificent noble
        passionate powerful precious prestigious principled proud rational reasonable remarkable renowned respected
        righteous robust sacred savvy sensible smart superb talented thriving tireless triumphant unwavering vibrant
        virtuous visionary wise wonderful""",
    "manner": """absurdly aggressively alarmingly allegedly angrily apparently arrogantly badly bitterly
        blatantly blindly brazenly brutally constantly conveniently correctly cynically dangerously deliberately
        desperately disproportionately disturbingly dramatically drastically eagerly endlessly falsely flagrantly
        foolishly fortunately frantically furiously gleefully grossly happily horribly hypocritically hysterically
        ignorantly importantly increasingly infamously insanely intentionally ironically laughably loudly massively
        merely notoriously openly outrageously overwhelmingly predictably proudly quietly recklessly relentlessly
        remarkably repeatedly ridiculously rightfully rightly ruthlessly sadly secretly severely shamelessly
        shockingly smugly stunningly stupidly suddenly supposedly surprisingly systematically terribly thankfully
        tragically understandably unfairly unfortunately unjustly unsurprisingly vehemently viciously violently
        wildly willfully wrongly""",
    "things": """abuse accusation agenda anger apartheid apocalypse arrogance atrocity backlash betrayal bias
        bigotry bloodbath bloodshed blunder brutality bullshit cabal carnage catastrophe chaos circus clique
        collapse contempt corruption cowardice crackdown crap cronyism cruelty crusade cult damn debacle decency
        delusion diatribe dignity disaster disdain disgrace disgust dogma doom drivel embarrassment entitlement
        epidemic fantasy farce fear fiasco filth firestorm folly freedom frenzy fury gaffe garbage genocide giveaway
        greed grievance groupthink handout hate hatred hell homophobia horror humiliation hysteria ignorance
        incompetence inequality injustice innuendo insanity invasion islamophobia jihad joke justice liberty lobby
        lunacy machine madness mess misogyny narrative negligence nepotism nightmare nonsense obsession onslaught
        oppression orthodoxy outrage overreach panic paranoia peril plague prejudice privilege purge racism rage
        rampage resentment rhetoric rubbish ruin scandal scorn scourge screed sexism sideshow slur spectacle spree
        stereotype stunt stupidity takeover terror theater threat tirade transphobia treason truth tyranny
        underbelly uproar venom victim victimhood vitriol war witch xenophobia""",
}  # fmt: skip


@cache
def loaded_words() -> dict[str, frozenset[str]]:
    """Give every loaded word and form with its kinds."""
    kinds: dict[str, frozenset[str]] = {}
    for kind, words in LOADED.items():
        for form in (form for word in words.split() for form in _forms(word)):
            kinds[form] = kinds.get(form, frozenset()) | {kind}
    return kinds


def _forms(word: str) -> tuple[str, ...]:
    """Give a word with its regular endings, of verbs, nouns and adjectives alike: a form nobody writes does no harm."""
    if word.endswith("e"):
        return word, word + "s", word + "d", word[:-1] + "ing", word + "ly", word[:-1] + "y"
    if word.endswith("y"):
        return word, word[:-1] + "ies", word[:-1] + "ied", word + "ing", word[:-1] + "ily"
    doubled = word + word[-1]
    endings = ("s", "es", "ed", "ing", "ly", "ally")
    return word, *(word + ending for ending in endings), doubled + "ed", doubled + "ing"
