namespace KafkaFlow.Expressions;

/// <summary>The names an expression may use at one place of use. Immutable; a name's index is its slot.</summary>
public sealed class ExpressionScope(IReadOnlyList<string> names)
{
    public IReadOnlyList<string> Names => names;
    /// <returns>The slot of a name, or -1.</returns>
    public int SlotOf(string name) => throw new NotImplementedException();
}

/// <summary>Gives the value of a slot; called at most once per use, so values may be parsed on demand.</summary>
public interface IVariables
{
    Value Get(int slot);
}

/// <summary>A problem found at compile time. Lines and columns count from 1 within the text.</summary>
public sealed record ExpressionDiagnostic(string Code, string Message, int Line, int Column, string? Hint);

/// <summary>
/// A condition: raw CEL, or text that is exactly one <c>{{ e }}</c> (then truthiness applies). Immutable, thread-safe.
/// </summary>
public sealed class Condition
{
    public string Text => throw new NotImplementedException();
    /// <summary>Slots of the scope that the text mentions.</summary>
    public IReadOnlyList<int> Slots => throw new NotImplementedException();
    public static Condition? TryCompile(string text, ExpressionScope scope, out ExpressionDiagnostic? problem) =>
        throw new NotImplementedException();
    /// <returns>A Bool value or an error value.</returns>
    public Value Evaluate(IVariables variables) => throw new NotImplementedException();
}

/// <summary>
/// Text with <c>{{ }}</c> and <c>{% %}</c>. Text that is exactly one <c>{{ e }}</c> keeps the type of its value;
/// other text gives a String. Immutable, thread-safe.
/// </summary>
public sealed class Template
{
    public string Text => throw new NotImplementedException();
    public IReadOnlyList<int> Slots => throw new NotImplementedException();
    /// <summary>True if the text holds no template syntax: it renders to itself.</summary>
    public bool IsLiteral => throw new NotImplementedException();
    public static Template? TryCompile(string text, ExpressionScope scope, out ExpressionDiagnostic? problem) =>
        throw new NotImplementedException();
    /// <returns>The value, or an error value. A missing name is an error unless the text handles it.</returns>
    public Value Render(IVariables variables) => throw new NotImplementedException();
}
