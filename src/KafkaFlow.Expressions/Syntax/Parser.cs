namespace KafkaFlow.Expressions.Syntax;

/// <summary>
/// Parses CEL with Jinja's words: <c>and or not in is if-else ~ |filter</c> are syntax errors in plain CEL, so
/// accepting them everywhere changes no CEL program.
/// </summary>
internal sealed class Parser(string text, List<Token> tokens, ExpressionMode mode) : TokenCursor(text, tokens)
{
    private int _depth;

    private bool InTemplate => mode != ExpressionMode.Cel;

    /// <summary>Parses a whole condition text.</summary>
    public static SyntaxNode ParseCel(string text)
    {
        if (text.Length > ExpressionLimits.ConditionChars)
        {
            throw new SyntaxException("limit_source",
                $"the text has {text.Length} characters, the limit is {ExpressionLimits.ConditionChars}", 0);
        }
        var tokens = new List<Token>(16);
        new Lexer(text, 0, ExpressionMode.Cel, tokens).Run();
        var parser = new Parser(text, tokens, ExpressionMode.Cel);
        SyntaxNode node = parser.ParseExpression();
        parser.ExpectEnd();
        return node;
    }

    public SyntaxNode ParseExpression()
    {
        Enter();
        SyntaxNode node = ParseOr();
        if (TryTake(TokenKind.Question))
        {
            SyntaxNode then = ParseOr();
            Expect(TokenKind.Colon, "':' of the conditional");
            SyntaxNode otherwise = ParseExpression();
            node = Checked(new ConditionalSyntax(node, then, otherwise, words: false, node.Start, otherwise.End));
        }
        while (TryTakeWord("if"))
        {
            SyntaxNode condition = ParseOr();
            SyntaxNode? otherwise = TryTakeWord("else") ? ParseExpression() : null;
            node = Checked(new ConditionalSyntax(condition, node, otherwise, words: true, node.Start,
                (otherwise ?? condition).End));
        }
        _depth--;
        return node;
    }

    /// <summary>An expression that may be followed by <c>if</c>, as in a for statement.</summary>
    public SyntaxNode ParseOr() =>
        ParseLogic(TokenKind.OrOr, "or", Operator.Or, Operator.WordOr, static p => p.ParseAnd());

    private SyntaxNode ParseAnd() =>
        ParseLogic(TokenKind.AndAnd, "and", Operator.And, Operator.WordAnd, static p => p.ParseNot());

    private SyntaxNode ParseLogic(
        TokenKind symbol, string word, Operator symbolic, Operator worded, Func<Parser, SyntaxNode> parse)
    {
        SyntaxNode first = parse(this);
        List<SyntaxNode>? operands = null;
        Operator chain = symbolic;
        while (Current.Kind == symbol || Current.IsName(word))
        {
            Operator op = Current.Kind == symbol ? symbolic : worded;
            Skip(1);
            if (operands is not null && op != chain)
            {
                first = Checked(new LogicSyntax(chain, [.. operands]));
                operands = null;
            }
            chain = op;
            operands ??= [first];
            operands.Add(parse(this));
        }
        return operands is null ? first : Checked(new LogicSyntax(chain, [.. operands]));
    }

    private SyntaxNode ParseNot()
    {
        if (!Current.IsName("not") || !Words.StartsOperand(Next))
            return ParseRelation();
        int start = Current.Start;
        Skip(1);
        Enter();
        SyntaxNode operand = ParseNot();
        _depth--;
        return Checked(new UnarySyntax(Operator.WordNot, operand, start));
    }

    private SyntaxNode ParseRelation()
    {
        SyntaxNode left = ParseSum();
        bool chained = false;
        while (TryRelation(out Operator op, out int length))
        {
            int at = Current.Start;
            if (chained && InTemplate)
            {
                throw new SyntaxException("syntax", "comparisons are not chained", at,
                    "write a < b and b < c, or use parentheses");
            }
            chained = true;
            Skip(length);
            left = Checked(new BinarySyntax(op, left, ParseSum(), at));
        }
        return left;
    }

    private bool TryRelation(out Operator op, out int length)
    {
        length = Current.IsName("not") && Next.IsName("in") ? 2 : 1;
        Operator? found = length == 2 ? Operator.NotIn
            : Current.IsName("in") ? Operator.In
            : Words.Relation(Current.Kind);
        op = found ?? default;
        return found is not null;
    }

    private SyntaxNode ParseSum()
    {
        SyntaxNode left = ParseConcat();
        while (Current.Kind is TokenKind.Plus or TokenKind.Minus)
        {
            Token sign = Take();
            Operator op = sign.Kind == TokenKind.Plus ? Operator.Add : Operator.Subtract;
            left = Checked(new BinarySyntax(op, left, ParseConcat(), sign.Start));
        }
        return left;
    }

    private SyntaxNode ParseConcat()
    {
        SyntaxNode left = ParseProduct();
        while (Current.Kind == TokenKind.Tilde)
        {
            int at = Take().Start;
            left = Checked(new BinarySyntax(Operator.Concat, left, ParseProduct(), at));
        }
        return left;
    }

    private SyntaxNode ParseProduct()
    {
        SyntaxNode left = ParseUnary();
        while (Current.Kind is TokenKind.Star or TokenKind.Slash or TokenKind.Percent)
        {
            Token sign = Take();
            left = Checked(new BinarySyntax(Words.Factor(sign.Kind), left, ParseUnary(), sign.Start));
        }
        return left;
    }

    private SyntaxNode ParseUnary(bool filters = true)
    {
        Token token = Current;
        if (token.Kind is not (TokenKind.Minus or TokenKind.Bang))
            return ParsePostfix(ParsePrimary(), filters);
        Skip(1);
        SyntaxNode node;
        if (token.Kind == TokenKind.Bang)
        {
            Enter();
            node = new UnarySyntax(Operator.Not, ParseUnary(filters), token.Start);
            _depth--;
            return Checked(node);
        }
        if (Current.Kind is TokenKind.Int or TokenKind.Double && Current.Start == token.End)
        {
            node = ParsePostfix(NegativeNumber(token.Start), filters: false);
        }
        else
        {
            Enter();
            // As in Jinja, a filter after a negated operand applies to the negative.
            node = Checked(new UnarySyntax(Operator.Negate, ParseUnary(filters: false), token.Start));
            _depth--;
        }
        return filters ? ParsePostfix(node, filters: true) : node;
    }

    private LiteralSyntax NegativeNumber(int start)
    {
        Token number = Take();
        Value value = number.Kind == TokenKind.Int
            ? Value.Int(unchecked(-number.Bits))
            : Value.Double(-BitConverter.Int64BitsToDouble(number.Bits));
        return new LiteralSyntax(value, start, number.End);
    }

    private SyntaxNode ParsePostfix(SyntaxNode node, bool filters)
    {
        while (true)
        {
            if (TryTake(TokenKind.Dot))
                node = ParseSelect(node);
            else if (TryTake(TokenKind.LeftBracket))
                node = ParseIndex(node);
            else if (filters && Current.Kind == TokenKind.Pipe)
                node = ParseFilter(node);
            else if (filters && Current.IsName("is"))
                node = ParseTest(node);
            else
                return node;
            Checked(node);
        }
    }

    private SyntaxNode ParseSelect(SyntaxNode operand)
    {
        bool optional = TryTake(TokenKind.Question);
        Token name = Current;
        if (name.Kind is not (TokenKind.Name or TokenKind.QuotedName))
            throw Unexpected("a name after '.'");
        Skip(1);
        if (optional || name.Kind == TokenKind.QuotedName || !TryTake(TokenKind.LeftParen))
            return new SelectSyntax(operand, name.Text, optional, name.End);
        SyntaxNode[] arguments = ParseArguments(out int end);
        return new CallSyntax(operand, name.Text, arguments, operand.Start, name.Start, end);
    }

    private IndexSyntax ParseIndex(SyntaxNode operand)
    {
        bool optional = TryTake(TokenKind.Question);
        SyntaxNode index = ParseExpression();
        int end = Current.End;
        if (Current.Kind == TokenKind.Colon)
            throw new SyntaxException("syntax", "slices are not supported", Current.Start,
                "use slice() or substring()");
        Expect(TokenKind.RightBracket, "']'");
        return new IndexSyntax(operand, index, optional, end);
    }

    private FilterSyntax ParseFilter(SyntaxNode operand)
    {
        Skip(1);
        Token name = Current;
        if (name.Kind != TokenKind.Name)
            throw Unexpected("the name of a filter");
        Skip(1);
        int end = name.End;
        var arguments = new List<SyntaxNode>();
        var keywords = new List<string?>();
        if (TryTake(TokenKind.LeftParen))
        {
            while (Current.Kind != TokenKind.RightParen)
            {
                bool keyword = Current.Kind == TokenKind.Name && Next.Kind == TokenKind.Assign;
                keywords.Add(keyword ? Current.Text : null);
                if (keyword)
                    Skip(2);
                arguments.Add(ParseExpression());
                if (!TryTake(TokenKind.Comma))
                    break;
            }
            end = Current.End;
            Expect(TokenKind.RightParen, "')'");
        }
        return new FilterSyntax(operand, name.Text, [.. arguments], [.. keywords], name.Start, end);
    }

    private TestSyntax ParseTest(SyntaxNode operand)
    {
        Skip(1);
        bool negated = TryTakeWord("not");
        Token name = Current;
        if (name.Kind != TokenKind.Name)
            throw Unexpected("the name of a test");
        Skip(1);
        SyntaxNode[] arguments = [];
        int end = name.End;
        if (TryTake(TokenKind.LeftParen))
        {
            arguments = ParseArguments(out end);
        }
        else if (Current.Kind is not (TokenKind.Minus or TokenKind.Bang) && !Current.IsName("not")
            && Words.StartsOperand(Current))
        {
            arguments = [ParsePostfix(ParsePrimary(), filters: false)];
            end = arguments[0].End;
        }
        return new TestSyntax(operand, name.Text, arguments, negated, name.Start, end);
    }

    private SyntaxNode[] ParseArguments(out int end)
    {
        var arguments = new List<SyntaxNode>();
        while (Current.Kind != TokenKind.RightParen)
        {
            arguments.Add(ParseExpression());
            if (!TryTake(TokenKind.Comma))
                break;
        }
        end = Current.End;
        Expect(TokenKind.RightParen, "')'");
        return [.. arguments];
    }

    private SyntaxNode ParsePrimary()
    {
        Token token = Current;
        if (token.Kind != TokenKind.End)
            Skip(1);
        switch (token.Kind)
        {
            case TokenKind.Int:
                if (token.Bits < 0)
                    throw new SyntaxException("the number does not fit in 64 bits", token.Start);
                return new LiteralSyntax(Value.Int(token.Bits), token.Start, token.End);
            case TokenKind.UInt:
                return new LiteralSyntax(Value.UInt(unchecked((ulong)token.Bits)), token.Start, token.End);
            case TokenKind.Double:
                return new LiteralSyntax(new Value(Tag.Double, token.Bits), token.Start, token.End);
            case TokenKind.String:
                return new LiteralSyntax(Value.String(token.Text), token.Start, token.End);
            case TokenKind.Bytes:
                return new LiteralSyntax(Value.Bytes((byte[])token.Content!), token.Start, token.End);
            case TokenKind.LeftParen:
                SyntaxNode inner = ParseExpression();
                if (Current.Kind == TokenKind.Comma && InTemplate)
                    throw new SyntaxException("syntax", "tuples are not supported", Current.Start,
                        "write a list: [a, b]");
                Expect(TokenKind.RightParen, "')'");
                return inner;
            case TokenKind.LeftBracket:
                return ParseList(token.Start);
            case TokenKind.LeftBrace:
                return ParseMap(token.Start);
            case TokenKind.Dot when Current.Kind == TokenKind.Name:
                return ParseName(Take(), rooted: true, token.Start);
            case TokenKind.Name:
                return ParseName(token, rooted: false, token.Start);
            default:
                if (token.Kind != TokenKind.End)
                    Back();
                throw Unexpected("an operand");
        }
    }

    private SyntaxNode ParseName(Token name, bool rooted, int start)
    {
        if (!rooted && Words.Literal(name.Text, InTemplate) is { } literal)
            return new LiteralSyntax(literal, start, name.End);
        if (name.Text is "in" or "if" or "else" || (!InTemplate && Words.IsReserved(name.Text)))
        {
            Back();
            throw Unexpected("an operand");
        }
        if (!TryTake(TokenKind.LeftParen))
            return new NameSyntax(name.Text, rooted, start, name.End);
        SyntaxNode[] arguments = ParseArguments(out int end);
        return new CallSyntax(null, name.Text, arguments, start, name.Start, end);
    }

    private ListSyntax ParseList(int start)
    {
        var items = new List<SyntaxNode>();
        var optional = new List<bool>();
        while (Current.Kind != TokenKind.RightBracket)
        {
            optional.Add(TryTake(TokenKind.Question));
            items.Add(ParseExpression());
            if (!TryTake(TokenKind.Comma))
                break;
        }
        int end = Current.End;
        Expect(TokenKind.RightBracket, "']'");
        return Checked(new ListSyntax([.. items], [.. optional], start, end));
    }

    private MapSyntax ParseMap(int start)
    {
        var keys = new List<SyntaxNode>();
        var values = new List<SyntaxNode>();
        var optional = new List<bool>();
        while (Current.Kind != TokenKind.RightBrace)
        {
            optional.Add(TryTake(TokenKind.Question));
            keys.Add(ParseExpression());
            Expect(TokenKind.Colon, "':' after the key");
            values.Add(ParseExpression());
            if (!TryTake(TokenKind.Comma))
                break;
        }
        int end = Current.End;
        Expect(TokenKind.RightBrace, "'}'");
        return Checked(new MapSyntax([.. keys], [.. values], [.. optional], start, end));
    }

    private void Enter()
    {
        if (++_depth > ExpressionLimits.SyntaxDepth)
            throw TooDeep(Current.Start);
    }
}
