using System.Runtime.CompilerServices;

namespace KafkaFlow.Expressions.Compile;

/// <summary>
/// The state of one evaluation: variables, locals, fuel. Owned by the evaluating thread and kept for its next
/// evaluation; an evaluation started from within <see cref="IVariables.Get"/> takes another.
/// </summary>
internal sealed class Frame
{
    private const int KeptLocals = 64;
    /// <summary>Prices keep memory in step with fuel: a unit buys about 8 bytes.</summary>
    private const int CharsPerUnit = 4;
    private const int UnitsPerElement = 4;
    [ThreadStatic] private static Frame? _idle;
    private Value[] _locals = new Value[4];
    private long _fuel;
    private long _grant;
    private int _usedLocals;
    /// <summary>States of each regular expression's automaton that this evaluation has paid for.</summary>
    private Dictionary<string, long>? _states;
    private long _patternBytes;

    public IVariables Variables { get; private set; } = NoVariables.Instance;
    /// <summary>The limit that was exceeded; it is the result whatever the expression made of it.</summary>
    public Value? Fatal { get; private set; }
    public List<(SyntaxNode Syntax, Value Value)>? Trace { get; set; }
    public long FuelUsed => _grant - _fuel;

    public ref Value Local(int slot) => ref _locals[slot];

    public static Frame Take(IVariables variables, int locals, long fuel)
    {
        Frame frame = _idle ?? new Frame();
        _idle = null;
        frame.Variables = variables;
        frame._fuel = fuel;
        frame._grant = fuel;
        frame._usedLocals = locals;
        if (frame._locals.Length < locals)
            frame._locals = new Value[locals];
        return frame;
    }

    public void Return()
    {
        Variables = NoVariables.Instance;
        Fatal = null;
        Trace = null;
        _patternBytes = 0;
        if (_states?.Count > 0)
            _states.Clear();
        if (_usedLocals > 0)
            _locals.AsSpan(0, _usedLocals).Clear();
        if (_locals.Length <= KeptLocals)
            _idle = this;
    }

    /// <summary>Takes units of work; false once the evaluation must stop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Charge(long units)
    {
        _fuel -= units;
        return _fuel >= 0 || OutOfFuel();
    }

    /// <summary>Charges for text about to be made and refuses text that is too long.</summary>
    public bool ChargeText(long chars) =>
        chars <= ExpressionLimits.TextChars ? Charge(1 + (chars / CharsPerUnit)) : Exceed("limit_text",
            $"text longer than the limit of {ExpressionLimits.TextChars} characters");

    /// <summary>Charges for a list or map about to be made and refuses one that is too long.</summary>
    public bool ChargeElements(long count) =>
        count <= ExpressionLimits.Elements ? Charge(1 + (count * UnitsPerElement)) : Exceed("limit_elements",
            $"a list or map of more than the limit of {ExpressionLimits.Elements} elements");

    /// <summary>Takes bytes that regular expressions may need; false once the evaluation must stop.</summary>
    public bool ChargePattern(long bytes)
    {
        _patternBytes += bytes;
        return _patternBytes <= ExpressionLimits.PatternBytes || Exceed("limit_regex",
            $"regular expressions that may need more than their limit of {ExpressionLimits.PatternBytes} bytes; "
            + "one that begins with ^ and has few loops needs less");
    }

    public bool KnowsPattern(string source) => _states?.ContainsKey(source) == true;

    /// <summary>How many of the states a search may make are still to be paid for.</summary>
    public long NewStates(string source, long wanted, long atMost)
    {
        _states ??= [];
        long paid = _states.GetValueOrDefault(source);
        long made = Math.Min(wanted, atMost - paid);
        _states[source] = paid + made;
        return made;
    }

    public bool Exceed(string code, string message)
    {
        Fatal ??= Failure.Of(code, message);
        return false;
    }

    /// <summary>The value that stands for a stopped evaluation.</summary>
    public Value Stopped => Fatal ?? throw new InvalidOperationException("evaluation has not stopped");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool OutOfFuel() =>
        Exceed("limit_fuel", $"evaluation used more than its limit of {_grant} units of work");
}

internal sealed class NoVariables : IVariables
{
    public static readonly NoVariables Instance = new();

    public Value Get(int slot) => Value.Missing;
}
