namespace KafkaFlow.Expressions;

/// <summary>
/// Compiled texts by text, scope and mode, for callers that meet the same texts again: versions of a playbook, a
/// playbook read anew after a restart, one condition on many edges. Thread-safe. Bounded by the number and the
/// characters of its texts; the one used longest ago goes first. Texts that do not compile are not kept.
/// </summary>
/// <param name="maxTexts">Texts kept at most.</param>
/// <param name="maxChars">Characters of all texts kept at most.</param>
public sealed class ExpressionCache(
    int maxTexts = ExpressionLimits.CachedTexts, int maxChars = ExpressionLimits.CachedChars)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    /// <summary>Entries, the last used first.</summary>
    private readonly LinkedList<Entry> _order = [];
    private int _chars;

    /// <summary>The one of this process.</summary>
    public static ExpressionCache OfProcess { get; } = new();

    /// <summary>Texts kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>Characters of the texts kept now.</summary>
    public int Chars
    {
        get
        {
            lock (_gate)
                return _chars;
        }
    }

    /// <returns>The expression, or null and the first problem.</returns>
    public Expression? TryExpression(string text, ExpressionScope scope, out ExpressionDiagnostic? problem)
    {
        var key = new Key(text, scope, Mode.Expression);
        return Find<Expression>(key, out problem) ?? Keep(key, Expression.TryCompile(text, scope, out problem));
    }

    /// <returns>The condition, or null and the first problem.</returns>
    public Condition? TryCondition(
        string text, ExpressionScope scope, out ExpressionDiagnostic? problem, bool lenientUndefined = false)
    {
        var key = new Key(text, scope, lenientUndefined ? Mode.LenientCondition : Mode.Condition);
        return Find<Condition>(key, out problem)
            ?? Keep(key, Condition.TryCompile(text, scope, lenientUndefined, out problem));
    }

    /// <returns>The template, or null and the first problem.</returns>
    public Template? TryTemplate(
        string text, ExpressionScope scope, out ExpressionDiagnostic? problem, bool lenientUndefined = false)
    {
        var key = new Key(text, scope, lenientUndefined ? Mode.LenientTemplate : Mode.Template);
        return Find<Template>(key, out problem)
            ?? Keep(key, Template.TryCompile(text, scope, lenientUndefined, out problem));
    }

    private T? Find<T>(Key key, out ExpressionDiagnostic? problem) where T : CompiledExpression
    {
        problem = null;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
                return null;
            _order.Remove(node);
            _order.AddFirst(node);
            return (T)node.Value.Compiled;
        }
    }

    /// <summary>Keeps what was compiled outside the lock; where two threads did, the first one's is for both.</summary>
    private T? Keep<T>(Key key, T? compiled) where T : CompiledExpression
    {
        if (compiled is null || key.Text.Length > maxChars || maxTexts < 1)
            return compiled;
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out LinkedListNode<Entry>? known))
                return (T)known.Value.Compiled;
            _entries.Add(key, _order.AddFirst(new Entry(key, compiled)));
            _chars += key.Text.Length;
            while (_entries.Count > maxTexts || _chars > maxChars)
                Drop(_order.Last!);
            return compiled;
        }
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        _order.Remove(node);
        _entries.Remove(node.Value.Key);
        _chars -= node.Value.Key.Text.Length;
    }

    private enum Mode : byte { Expression, Condition, LenientCondition, Template, LenientTemplate }

    private readonly record struct Key(string Text, ExpressionScope Scope, Mode Mode);

    private readonly record struct Entry(Key Key, CompiledExpression Compiled);
}
