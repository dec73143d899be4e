namespace KafkaFlow.Expressions.Compile;

/// <summary>
/// Compiles blocks. As in Jinja, a loop's body is a scope of its own, an if is not: a name set within a loop ends with
/// the round, one set within an if stays.
/// </summary>
internal sealed class BlockCompiler(Compiler compiler, CompileOptions options)
{
    /// <param name="initials">Names set at the top, to be given their first values before rendering.</param>
    public Block[] CompileTemplate(IReadOnlyList<BlockSyntax> blocks, out InitialValue[] initials)
    {
        initials = OpenScope(blocks);
        return CompileAll(blocks);
    }

    private Block[] CompileAll(IReadOnlyList<BlockSyntax> blocks)
    {
        var compiled = new Block[blocks.Count];
        for (int i = 0; i < compiled.Length; i++)
            compiled[i] = Compile(blocks[i]);
        return compiled;
    }

    private Block Compile(BlockSyntax block) => block switch
    {
        TextBlock text => new TextNode(text.Text),
        OutputBlock output => new OutputNode(compiler.Compile(output.Expression)),
        SetBlock set => new SetNode(compiler.Names.LocalSlot(set.Name), compiler.Compile(set.Value)),
        IfBlock branch => CompileIf(branch),
        ForBlock loop => CompileFor(loop),
        _ => throw new InvalidOperationException($"no rule for {block.GetType().Name}"),
    };

    private IfNode CompileIf(IfBlock block)
    {
        var conditions = new Node[block.Branches.Count];
        var bodies = new Block[conditions.Length][];
        for (int i = 0; i < conditions.Length; i++)
        {
            conditions[i] = compiler.Compile(block.Branches[i].Condition);
            bodies[i] = CompileAll(block.Branches[i].Body);
        }
        return new IfNode(conditions, bodies, CompileAll(block.Otherwise));
    }

    private ForNode CompileFor(ForBlock block)
    {
        Node range = compiler.Compile(block.Range);
        int mark = compiler.Names.Mark();
        int first = compiler.Names.AddLocal(block.First);
        int second = block.Second is null ? -1 : compiler.Names.AddLocal(block.Second);
        Node? filter = block.Filter is null ? null : compiler.Compile(block.Filter);
        int loop = compiler.Names.AddLocal("loop");
        InitialValue[] initials = OpenScope(block.Body);
        Block[] body = CompileAll(block.Body);
        compiler.Names.Release(mark);
        var slots = new ForSlots(first, second, compiler.Names.WasRead(loop) ? loop : -1);
        return new ForNode(range, slots, filter, initials, body, CompileAll(block.Otherwise), options.LenientUndefined);
    }

    private InitialValue[] OpenScope(IReadOnlyList<BlockSyntax> blocks)
    {
        var names = new List<string>();
        CollectSets(blocks, names);
        var initials = new InitialValue[names.Count];
        for (int i = 0; i < initials.Length; i++)
        {
            Node? outer = compiler.Names.Resolve(names[i], rooted: false);
            initials[i] = new InitialValue(compiler.Names.AddLocal(names[i]), outer);
        }
        return initials;
    }

    private static void CollectSets(IReadOnlyList<BlockSyntax> blocks, List<string> names)
    {
        foreach (BlockSyntax block in blocks)
        {
            if (block is SetBlock set && !names.Contains(set.Name))
                names.Add(set.Name);
            if (block is not IfBlock branch)
                continue;
            foreach ((_, IReadOnlyList<BlockSyntax> body) in branch.Branches)
                CollectSets(body, names);
            CollectSets(branch.Otherwise, names);
        }
    }
}
