%% What instar-bench measures, by OTP: run by bench/peers.cpp as
%%
%%   erl +S WORKERS:WORKERS -noinput -pa FOLDER -eval 'otp_bench:main()' \
%%       -extra NAME N FOLDER
%%
%% Prints one figure, in the unit of ours.
-module(otp_bench).
-behaviour(gen_server).
-export([main/0]).
-export([init/1, handle_call/3, handle_cast/2]).

main() ->
    [Name, N, Folder] = init:get_plain_arguments(),
    Figure = measure(list_to_atom(Name), list_to_integer(N), Folder),
    io:format("~.3f~n", [float(Figure)]),
    erlang:halt(0).

%% ---- the server: it counts, and tells somebody when it has heard enough

init(State) -> {ok, State}.

handle_call({ping, _}, _, {Count, Tell, Next}) ->
    {reply, Count + 1, {Count + 1, Tell, Next}}.

handle_cast({tick, _}, {Count, {Count1, Who}, Next}) when Count + 1 =:= Count1 ->
    Who ! done,
    {noreply, {Count + 1, none, Next}};
handle_cast({tick, _}, {Count, Tell, Next}) ->
    {noreply, {Count + 1, Tell, Next}};
handle_cast({tell, At, Who}, {Count, _, Next}) ->
    {noreply, {Count, {Count + At, Who}, Next}};
handle_cast({next, Pid}, {Count, Tell, _}) ->
    {noreply, {Count, Tell, Pid}};
handle_cast({hop, 0, Who}, State) ->
    Who ! done,
    {noreply, State};
handle_cast({hop, Left, Who}, {_, _, Next} = State) ->
    gen_server:cast(Next, {hop, Left - 1, Who}),
    {noreply, State}.

start() ->
    {ok, Pid} = gen_server:start(?MODULE, {0, none, none}, []),
    Pid.

%% ---- what is measured: nanoseconds for each, but where it is said

measure(call, _, _) -> calls(infinity);
measure(call_timeout, _, _) -> calls(5000);
measure(pairs, N, _) ->
    Each = 2000000 div N,
    each(N * Each, fun() -> in_parallel(N, fun() -> call_many(start(), Each, 5000) end) end);
measure(cast, _, _) ->
    Count = 500000,
    Server = start(),
    each(Count, fun() -> told(Server, Count, fun() -> cast_many(Server, Count) end) end);
measure(fanin, N, _) ->
    Each = 1000000 div N,
    Server = start(),
    each(N * Each,
         fun() ->
             told(Server, N * Each,
                  fun() -> in_parallel(N, fun() -> cast_many(Server, Each) end) end)
         end);
measure(ring, N, _) ->
    Hops = 1000000,
    [First | _] = All = [start() || _ <- lists:seq(1, N)],
    lists:foldl(fun(Pid, Next) -> gen_server:cast(Pid, {next, Next}), Pid end,
                First, lists:reverse(All)),
    each(Hops, fun() -> gen_server:cast(First, {hop, Hops, self()}), wait() end);
measure(spawn, N, _) ->
    once(N, fun() -> start_many(N) end);
measure(bytes, N, _) ->
    Before = resident(),
    _ = start_many(N),
    (resident() - Before) / N;
measure(cold, N, _) ->
    All = start_many(N),
    Last = lists:last(All),
    Run = fun() ->
              [gen_server:cast(Pid, {tick, 0}) || Pid <- All],
              gen_server:call(Last, {ping, 0}, infinity)
          end,
    each(N, Run);
measure(pause, N, Folder) -> element(1, otp_upgrade:run(N, Folder));
measure(install, N, Folder) -> element(2, otp_upgrade:run(N, Folder)).

calls(Timeout) ->
    Count = 200000,
    Server = start(),
    each(Count, fun() -> in_parallel(1, fun() -> call_many(Server, Count, Timeout) end) end).

call_many(_, 0, _) -> ok;
call_many(Server, Left, Timeout) ->
    _ = gen_server:call(Server, {ping, Left}, Timeout),
    call_many(Server, Left - 1, Timeout).

cast_many(_, 0) -> ok;
cast_many(Server, Left) ->
    gen_server:cast(Server, {tick, Left}),
    cast_many(Server, Left - 1).

start_many(N) -> [start() || _ <- lists:seq(1, N)].

told(Server, Count, Run) ->
    gen_server:cast(Server, {tell, Count, self()}),
    Run(),
    wait().

wait() -> receive done -> ok end.

in_parallel(N, Run) ->
    Me = self(),
    [spawn_link(fun() -> Run(), Me ! done end) || _ <- lists:seq(1, N)],
    [wait() || _ <- lists:seq(1, N)],
    ok.

once(Count, Run) ->
    {Us, _} = timer:tc(Run),
    Us * 1000 / Count.

%% Once to warm up, then the one that counts.
each(Count, Run) ->
    _ = once(Count, Run),
    once(Count, Run).

resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:split(Text, " ", all),
    binary_to_integer(Pages) * 4096.
