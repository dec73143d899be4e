namespace KafkaFlow.Expressions.Compile;

/// <summary>
/// Names while compiling: roots of the scope, local variables with their slots, and the slots of the scope in use.
/// </summary>
internal sealed class Names(ExpressionScope scope, CompileOptions options)
{
    private readonly List<(string Name, int Slot)> _locals = [];
    private readonly SortedSet<int> _used = [];
    private readonly HashSet<int> _read = [];
    private int _next;

    public int LocalCount { get; private set; }
    public IReadOnlyList<int> UsedSlots => [.. _used];
    public ExpressionScope Scope => scope;

    public int AddLocal(string name)
    {
        int slot = NewSlot();
        _locals.Add((name, slot));
        return slot;
    }

    public int NewSlot()
    {
        LocalCount = Math.Max(LocalCount, _next + 1);
        return _next++;
    }

    public int Mark() => _locals.Count;

    /// <summary>
    /// Forgets the names added since the mark. Their slots are not used again, so closures cannot mix.
    /// </summary>
    public void Release(int mark) => _locals.RemoveRange(mark, _locals.Count - mark);

    public bool WasRead(int slot) => _read.Contains(slot);

    public int LocalSlot(string name)
    {
        for (int i = _locals.Count - 1; i >= 0; i--)
        {
            if (_locals[i].Name != name)
                continue;
            _read.Add(_locals[i].Slot);
            return _locals[i].Slot;
        }
        return -1;
    }

    /// <summary>The node of a name, or null if nothing has it.</summary>
    public Node? Resolve(string name, bool rooted)
    {
        if (!rooted && LocalSlot(name) is var local && local >= 0)
            return new LocalNode(local);
        foreach (string candidate in Candidates(name, rooted))
        {
            int slot = scope.SlotOf(candidate);
            if (slot >= 0)
            {
                _used.Add(slot);
                return new RootNode(slot, candidate);
            }
            if (KindName.TypeNamed(candidate) is { } type)
                return new ConstNode(type);
        }
        return null;
    }

    public string? Nearest(string name)
    {
        string? root = Suggestions.Nearest(name, scope.Names);
        return root ?? Suggestions.Nearest(name, _locals.Select(l => l.Name));
    }

    private IEnumerable<string> Candidates(string name, bool rooted)
    {
        string container = rooted ? "" : options.Container;
        while (container.Length > 0)
        {
            yield return $"{container}.{name}";
            int dot = container.LastIndexOf('.');
            container = dot < 0 ? "" : container[..dot];
        }
        yield return name;
    }
}
